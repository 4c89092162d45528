import TeredoControl

/// The pages about NATs.
extension RemedyBook {
    static func translator(_ name: CheckProblem.Name) -> Entry {
        switch name {
        case .symmetricNAT:
            (
                """
                The NAT is symmetric. Each peer sees another port of this host, so none can tell others where to send.
                """,
                [
                    "Switch on UPnP, NAT-PMP or PCP in the router: the client asks for a port by itself, and is then"
                        + " open to everybody.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                    "Or look for 'full cone', 'endpoint-independent' or 'gaming' NAT in the router.",
                    "With a transit relay (docs/transit.md) every pair connects. docs/nat-matrix.md says who reaches whom;"
                        + " native IPv6 hosts are reached in any case.",
                    "Miredo, and every client that knows only RFC 4380, goes off-line behind such a NAT.",
                ]
            )
        case .strayMemory:
            (
                """
                The NAT box remembers stray packets. A datagram from a peer that arrives before this host has sent to that
                peer is accepted by the box itself; its connection tracking keeps it for 30 seconds, and what this host
                sends to the peer meanwhile leaves from another port, where the peer does not expect it.
                """,
                [
                    "Linux hosts of containers and virtual machines and hand-made routers do that: `masquerade` without a"
                        + " rule that drops what comes in. The check names the box by its external address.",
                    "On the box: `nft add rule inet filter input iifname WAN ct state != established,related drop`, with the names"
                        + " of your table, chain and outside interface; or `iptables -A INPUT -i WAN -m conntrack ! --ctstate"
                        + " ESTABLISHED,RELATED -j DROP`. A `reject` is as good: only what is accepted is remembered. Let in"
                        + " first what the box itself serves.",
                    "Clients of this program get along without: their opening bubbles die before they reach a peer's box, where"
                        + " routers tell how far that is. Two boxes with no router between them, older clients and Miredo are"
                        + " the exceptions: whoever is behind this box has to send first.",
                    "What is remembered is gone 30 seconds after the last such datagram. A port that the router forwards"
                        + " (UPnP, NAT-PMP, PCP, or by hand with `--bind 0.0.0.0:PORT`) is not affected, and a transit relay"
                        + " (docs/transit.md) carries what cannot go directly.",
                    "Solved when the row 'Stray Packets' of `teredo check` says 'dropped'.",
                ]
            )
        case .severalAddresses:
            (
                """
                The NAT gives the ports of this host different external addresses. Peers cannot predict which address
                packets will come from.
                """,
                [
                    "Typical of carriers and of companies with a pool of addresses: ask for 'paired' pooling (RFC 4787"
                        + " section 4.1).",
                    "With two Internet connections that share the load: route this host, or UDP, over one of them.",
                    "A transit relay carries what cannot go directly (docs/transit.md).",
                ]
            )
        case .carrierNAT:
            (
                """
                There is a carrier-grade NAT. An address from 100.64.0.0/10, which providers use between their customers
                and their NAT, was seen on the way.
                """,
                [
                    "Port forwarding in your own router cannot help: the provider's NAT is behind it.",
                    "Ask the provider for a public IPv4 address or, better, for native IPv6.",
                    "Teredo works through it; the row NAT shows what decides who can be reached directly.",
                ]
            )
        case .doubleNAT:
            (
                """
                There are two NATs, one behind the other. Your router's external address is not what the server sees.
                """,
                [
                    "Often a modem with a built-in router: switch one of the two to bridge mode ('access point').",
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
                    "A running client notices and renews them more often by itself, every 4 seconds at most.",
                    "Otherwise run it with the `--refresh-interval` that the check names.",
                    "Or raise the UDP timeout in the router; RFC 4787 asks for at least two minutes.",
                ]
            )
        case .statefulFirewall:
            (
                """
                No NAT translates, but a firewall lets only answers in. It may be on this host or at the network's edge.
                """,
                [
                    "Peers reach the client as they reach one behind a NAT: with the help of its server.",
                    "To be reached at once, fix the port with `--bind ADDRESS:PORT` and accept `udp dport PORT` in the firewall.",
                ]
            )
        case .portMappingRefused:
            (
                """
                The router speaks UPnP, NAT-PMP or PCP but forwards no port. The check shows its answer.
                """,
                [
                    "Some routers require permission for each device ('allow automatic port forwarding').",
                    "Routers limit the number of mappings: remove stale ones or restart the router.",
                    "A router behind another NAT may refuse because it has no public address: see double-nat and carrier-nat.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                ]
            )
        case .noPortMapping:
            (
                """
                The router speaks no port mapping protocol. The client manages without one, with the help of its server.
                """,
                [
                    "Switch on UPnP, NAT-PMP or PCP in the router to be reached by more peers, and faster.",
                    "Or forward a UDP port by hand and fix it: `--bind 0.0.0.0:PORT`.",
                ]
            )
        default:
            (
                """
                The NAT does not hairpin. Clients behind it cannot reach each other at its external address.
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
