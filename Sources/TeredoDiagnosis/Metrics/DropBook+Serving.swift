import TeredoProtocol

/// The pages about what servers and relays do not do.
extension DropBook {
    static func serving(_ reason: DropReason) -> Entry {
        switch reason {
        case .notTeredo:
            (
                "A relay got a packet for, or from, an address outside of 2001::/32.",
                "Does a route lead to the interface of the relay that does not belong there? `ip -6 route show dev teredo`."
            )
        case .teredoToTeredo:
            (
                "A Teredo client used the relay to reach another client, which it can do without.",
                "The client has no other way, or is faulty; `--transit` helps in the first case."
            )
        case .foreignTunnelLoop:
            (
                "An address of another tunnel (6to4, ISATAP) leads to this node or to a private IPv4 address.",
                "It is meant to make packets circle, and was stopped."
            )
        case .unknownPeer:
            (
                "A client sent a packet to a relay that never sent it one, and that need not meet it.",
                "After a restart of the relay clients come back within seconds. Otherwise spoofed."
            )
        case .outsideServedRange:
            (
                "A client sent to an IPv6 destination that the relay does not serve.",
                "Is `--served-prefix` complete? Otherwise the client follows a relay that is not its own."
            )
        case .hopLimitExceeded:
            (
                "The hop limit of the packet is used up.",
                "`traceroute` does that on purpose. Many: a routing loop; look at the routes behind the relay."
            )
        case .ownIPv4Source:
            (
                "A datagram came to the server with one of its own IPv4 addresses as its source.",
                "Spoofed, or a program on this host: server and relay on one host are `teredo gateway`."
            )
        case .sourceRefused:
            (
                "The IPv6 source does not fit what the server was sent: only clients and their relays are served.",
                "\(noise) Many from one address: its implementation is broken."
            )
        case .secureQualificationFailed:
            (
                "A solicitation without the authentication that the server requires.",
                "Strangers who try the server. Your own clients need `--secret-file` and `--client-id`."
            )
        case .noSecondAddress:
            (
                "A solicitation with the cone bit, which can only be answered from a second address.",
                "Clients go on without it after a few seconds. Give the server a `--secondary-address` if you have one."
            )
        case .unforwardableDestination:
            (
                "The server was asked to send where it never sends: it carries bubbles to its clients, and tests.",
                "\(noise) Many from one address: it takes the server for a relay."
            )
        case .forbiddenICMPv6:
            (
                "The server was asked to forward an ICMPv6 message of a kind or size that it does not forward.",
                "\(noise) A server forwards echo requests of the connectivity test and little else."
            )
        case .rateLimited:
            (
                "A sender, a target or all together exceed one of the limits of the server.",
                "A flood is stopped by that. If clients behind a carrier's NAT suffer, raise `address-rate` and"
                    + " `solicitation-rate`: docs/operator.md has a table of all limits."
            )
        case .denied:
            (
                "It came from an address that `deny-source` names, or was for one.",
                "That is what the setting is for: `teredo config show --running` has the list, and"
                    + " `teredo set deny-source=…` changes it (docs/operator.md)."
            )
        default:
            (
                "A packet between two clients whose transit is not open, or no longer.",
                "They ask for it again by themselves. Many from one client: it sends without asking."
            )
        }
    }

    private static let noise = "A few are the noise of the Internet: nothing to do."
}
