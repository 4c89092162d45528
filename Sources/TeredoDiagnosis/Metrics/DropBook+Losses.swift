import TeredoControl

/// The pages about losses outside of the protocol.
extension DropBook {
    static func entry(_ reason: LossReason) -> Entry {
        switch reason {
        case .datagramsRefused:
            (
                "The system refused to send a datagram: no route, a firewall of this host, or a destination that it knows to"
                    + " be unreachable.",
                "`ip route get ADDRESS` for the server, and the output chains of `sudo nft list ruleset`."
            )
        case .sendBufferFull:
            (
                "The kernel had no room for a datagram to send.",
                "The way out is slower than what the host sends: the transports notice it and slow down. If the way is not"
                    + " full, look at the queue of the interface: `tc -s qdisc`."
            )
        case .receiveBufferFull:
            (
                "The kernel dropped datagrams before the role read them, most often because the buffer of its socket was"
                    + " full. They appear in no other counter.",
                "The role gets too little of a processor, or more comes than one thread can take: `--workers`,"
                    + " `--datapath ebpf`, for servers `--xdp`. `net.core.rmem_max` below 4 MiB makes the buffer small."
            )
        case .packetsRefused:
            (
                "The interface or the IPv6 stack of the host did not take a packet; to `teredo proxy` came what is neither TCP with a"
                    + " right checksum, nor a ping, nor an error about a connection that it makes.",
                "Is the interface up, and does it have IPv6? `teredo status` tells; `ip -s link` counts."
            )
        case .congestionDropped:
            (
                "A packet met congestion on the way, and its transport does not understand the mark (RFC 6040).",
                "That is how such a transport learns of congestion: nothing to do here."
            )
        case .handoverFull:
            (
                "Worker threads handed over more packets than the thread with the machine came to decide about.",
                "Very many new peers at once, or a flood. If it goes on, use more or faster processors, or fewer `--workers`."
            )
        }
    }
}
