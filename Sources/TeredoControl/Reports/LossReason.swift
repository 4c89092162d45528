/// How datagrams and packets are lost outside of the protocol: what the system refused, or had no room for.
package enum LossReason: String, CaseIterable, Hashable, Sendable {
    /// The UDP socket refused a datagram, for example because the destination is unreachable.
    case datagramsRefused
    /// The send buffer was full.
    case sendBufferFull
    /// The kernel dropped a datagram before it was read, most often because the receive buffer was full.
    case receiveBufferFull
    /// The interface or the IPv6 stack did not take a packet.
    case packetsRefused
    /// A packet met congestion on the way, and its transport knows no ECN (RFC 6040).
    case congestionDropped
    /// Worker threads handed over more than was decided.
    case handoverFull
}

extension SystemCounters {
    /// How much was lost in one way.
    package subscript(reason: LossReason) -> UInt64 {
        switch reason {
        case .datagramsRefused: datagramsRefused
        case .sendBufferFull: sendBufferFull
        case .receiveBufferFull: receiveBufferFull
        case .packetsRefused: packetsRefused
        case .congestionDropped: congestionDropped
        case .handoverFull: handoverFull
        }
    }
}
