import TeredoProtocol

/// The pages about datagrams that are not what they should be.
extension DropBook {
    /// What most of these have in common.
    private static let background =
        "A few an hour are the noise of the Internet: nothing to do."

    static func received(_ reason: DropReason) -> Entry {
        switch reason {
        case .malformed:
            (
                "The datagram is no Teredo datagram: too short, or its IPv6 header or one of its indications is broken.",
                "\(background) Many are scans, or another protocol on this port: `sudo teredo capture FILE` shows from whom."
            )
        case .invalidIPv4Source:
            (
                "The IPv4 source is a multicast, broadcast or unspecified address, or the UDP source port is 0.",
                "Nobody can send that honestly: \(lowered(background)) If it goes on, filter it where it enters the network."
            )
        case .nonGlobalIPv4Source:
            (
                "The IPv4 source is private, shared or reserved, so nothing could be sent back through the Internet.",
                "Inside a network of your own name its prefix with `--internal-prefix`; elsewhere it is spoofed or leaked."
            )
        case .invalidDiscovery:
            (
                "Something other than a discovery bubble came to the group of local client discovery, or a bubble from another"
                    + " subnet.",
                "Another program uses the group 224.0.0.253: harmless. `--no-local-discovery` leaves the group."
            )
        case .unsupportedNextHeader:
            (
                "Something came to a server that is neither a bubble nor ICMPv6. Servers carry no data.",
                "The sender takes the server for a relay. `sudo teredo capture FILE` shows who it is."
            )
        case .foreignDestination:
            (
                "The IPv6 destination is not the address of this client, or not one that this node answers for.",
                "After a change of address peers still use the old one for a while; it ends by itself."
            )
        case .invalidSource:
            (
                "The IPv6 source is one that no packet may have, or this node's own address.",
                "From the network it is spoofed. From this host, a program is bound to a wrong address: `ip -6 address`."
            )
        case .linkLocalSource:
            (
                "The IPv6 source is link-local where only bubbles and advertisements may have one.",
                "\(background) From this host: a program uses the link-local address of the interface; give it another one."
            )
        case .endpointMismatch:
            (
                "The packet came from another endpoint than its address says, and nothing vouches for the sender.",
                "A few come while peers behind symmetric NATs are found. Many are spoofed, or a NAT on the way changed ports:"
                    + " `teredo peers` tells whether anybody is not reached."
            )
        case .multicastDestination:
            (
                "The IPv6 destination is multicast, which does not pass the tunnel.",
                "Programs that announce themselves on all interfaces do that: nothing to do."
            )
        case .unexpectedAdvertisement:
            (
                "A router advertisement answers none of our solicitations.",
                "An answer that came too late, or somebody who tries to become the server of this client. If it goes on while"
                    + " the client is qualified, look for its source with `sudo teredo capture FILE`."
            )
        case .invalidAdvertisement:
            (
                "A router advertisement breaks the rules: no prefix, a wrong one, or no place where the client is seen.",
                "The server is misconfigured. `teredo check --server ADDRESS` judges it; use another one."
            )
        case .authenticationFailed:
            (
                "Authentication is missing, has a wrong nonce or a wrong value.",
                "Do client and server have the same secret and identifier (`--secret-file`, `--client-id`,"
                    + " `--secrets-file`)? Otherwise somebody forges answers."
            )
        case .wrongChecksum:
            (
                "The ICMPv6 checksum of a message for this node itself is wrong.",
                "\(background) Many from one source: its implementation or a box on its way is broken."
            )
        case .foreignOrigin:
            (
                "An origin indication came from somebody other than the client's own server.",
                "\(background) Only servers may say where a packet comes from; everybody else is not believed."
            )
        case .neighborDiscovery:
            (
                "Neighbour discovery and router messages never pass the tunnel.",
                "Spoofed when it comes from the network, a program with raw sockets when it comes from this host."
            )
        case .sourceRouting:
            (
                "The packet has a routing header that wants it to be sent on.",
                "No honest program does that any more: nothing to do."
            )
        case .incompleteFragment:
            (
                "The first fragment of a packet does not have all of its headers, so nobody can tell what it is.",
                "Such packets are made to slip through filters: nothing to do."
            )
        case .invalidTrailer:
            (
                "A trailer behind the packet is broken, or unknown and to be refused.",
                "\(background) From one peer only: its implementation is newer or broken."
            )
        default:
            (
                "An authentication or origin indication from somebody who may not use it.",
                "\(background) Many from one address: its implementation is broken."
            )
        }
    }

    /// The sentence in the middle of another one.
    private static func lowered(_ sentence: String) -> String { sentence.prefix(1).lowercased() + sentence.dropFirst() }
}
