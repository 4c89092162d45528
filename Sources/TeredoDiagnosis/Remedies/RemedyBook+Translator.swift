import TeredoControl

/// The pages about NATs.
extension RemedyBook {
    static func translator(_ name: CheckProblem.Name) -> Entry {
        switch name {
        case .symmetricNAT:
            (
                """
                The NAT is symmetric. Each peer sees another port of this host, so that it cannot be told to a third one.
                """,
                [
                    "Switch UPnP, NAT-PMP or PCP on in the router: the client asks for a port by itself, and is open to"
                        + " everybody then.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                    "Or look for 'full cone', 'endpoint-independent' or 'gaming' NAT in the router.",
                    "With a transit relay (docs/transit.md) every pair connects. docs/nat-matrix.md says who reaches whom;"
                        + " native IPv6 hosts are reached in any case.",
                    "Miredo, and every client that knows RFC 4380 alone, goes off-line behind such a NAT.",
                ]
            )
        case .severalAddresses:
            (
                """
                The NAT gives the ports of this host different addresses outside. Peers cannot foretell from which address
                packets come.
                """,
                [
                    "Typical of carriers and of companies with a pool of addresses: ask for 'paired' pooling (RFC 4787"
                        + " section 4.1).",
                    "With two Internet lines that share the load: route this host, or UDP, over one of them.",
                    "A transit relay carries what cannot go directly (docs/transit.md).",
                ]
            )
        case .carrierNAT:
            (
                """
                There is a carrier-grade NAT. An address out of 100.64.0.0/10, which providers use between their customers
                and their NAT, was seen on the way.
                """,
                [
                    "Port forwarding in your own router cannot help: the provider's NAT stands behind it.",
                    "Ask the provider for a public IPv4 address, or better for native IPv6.",
                    "Teredo works through it; who is reached directly depends on the row NAT.",
                ]
            )
        case .doubleNAT:
            (
                """
                Two NATs stand one behind the other. Your router's address outside is not the one that the server sees.
                """,
                [
                    "Often a modem with a router of its own: switch one of the two to bridge mode ('access point').",
                    "A port has to be forwarded in both of them.",
                    "If the outer one is the provider's, see carrier-nat.",
                ]
            )
        case .shortLifetime:
            (
                """
                The NAT forgets idle mappings before a client renews them, which it does every 30 seconds.
                """,
                [
                    "Run the client with the `--refresh-interval` that the check names.",
                    "Or raise the UDP timeout in the router; RFC 4787 asks for two minutes at least.",
                ]
            )
        case .statefulFirewall:
            (
                """
                No NAT translates, but a firewall lets only answers in. It may be on this host or at the edge of the network.
                """,
                [
                    "Peers reach the client as they reach one behind a NAT: with the help of its server.",
                    "To be reached at once, fix the port with `--bind ADDRESS:PORT` and accept `udp dport PORT` in the firewall.",
                ]
            )
        case .portMappingRefused:
            (
                """
                The router speaks UPnP, NAT-PMP or PCP and still forwards no port. The check shows what it said.
                """,
                [
                    "Some routers need a permission for each device ('allow automatic port forwarding').",
                    "Routers limit the number of mappings: remove stale ones or restart the router.",
                    "A router behind another NAT may refuse because it has no public address: see double-nat and carrier-nat.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                ]
            )
        case .noPortMapping:
            (
                """
                The router speaks no port mapping protocol. The client finds its way without, through its server.
                """,
                [
                    "Switch UPnP, NAT-PMP or PCP on in the router to be reached by more peers, and faster.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                ]
            )
        default:
            (
                """
                The NAT does not hairpin. Clients behind it cannot meet at its address outside.
                """,
                [
                    "On one link there is nothing to do: clients find each other by multicast.",
                    "On several links behind one NAT: enable 'NAT loopback' or 'hairpinning' in the router; a transit relay"
                        + " serves as well.",
                ]
            )
        }
    }
}
