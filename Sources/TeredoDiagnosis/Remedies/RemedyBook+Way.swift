import TeredoControl

/// The pages about the way to the server.
extension RemedyBook {
    static func way(_ name: CheckProblem.Name) -> Entry {
        switch name {
        case .resolverSilent:
            (
                """
                The name service does not answer. The server was given by name, and its address cannot be looked up.
                """,
                [
                    "`cat /etc/resolv.conf`: is there a `nameserver`, and does `ping` reach it?",
                    "Behind a captive portal: open any page in a browser first.",
                    "Or give the server's IPv4 address instead of the name. A running client tries again by itself.",
                    "Solved when `getent ahostsv4 NAME` prints an address.",
                ]
            )
        case .serverUnresolved:
            (
                """
                The server's name has no usable IPv4 address. The name service answered: there is no such
                name, or it has no A record, or only some that lead to this host or into a private network.
                """,
                [
                    "Check the spelling. Most public Teredo servers are gone, and their names with them.",
                    "Use another server, or run your own: the README has both commands.",
                    "0.0.0.0, 127.0.0.1 or the address of your router come from a block list (Pi-hole, AdGuard) or a captive"
                        + " portal: allow the name there, or give the server's IPv4 address.",
                    "In a network of your own with private addresses, say so with `--internal-prefix`.",
                    "Solved when `getent ahostsv4 NAME` prints an address.",
                ]
            )
        case .noRoute:
            (
                """
                This host has no IPv4 route to the server. Teredo carries IPv6 over IPv4 and cannot work without it.
                """,
                [
                    "`ip -4 route`: without a line `default via …` there is no way out; connect the host to a network.",
                    "On an IPv6-only network you do not need Teredo.",
                    "Solved when `ip route get ADDRESS` prints a route.",
                ]
            )
        case .outboundBlocked:
            (
                """
                A firewall on this host lets nothing out to UDP port 3544. The kernel refused to send.
                """,
                [
                    "`sudo nft list ruleset` (or `sudo iptables -S OUTPUT`): look for a drop in the output chain.",
                    "Let it pass: `sudo nft insert rule inet filter output udp dport 3544 accept`, with the names of your table and"
                        + " chain. Peers can have any port: `meta l4proto udp accept` reaches them too.",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .inboundDropped:
            (
                """
                A firewall on this host drops the server's answers. Packets arrived during the check and reached no
                program.
                """,
                [
                    "`sudo nft list ruleset` (or `sudo iptables -S INPUT`): accept answers with `ct state established,related"
                        + " accept` before the drop.",
                    "To be reached by peers faster, fix the client's port with `--bind 0.0.0.0:PORT` and accept"
                        + " `udp dport PORT`.",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .portBlocked:
            (
                """
                A firewall on the path blocks UDP port 3544. Either it said so, or the server's host answers on other
                ports but not on this one.
                """,
                [
                    "Corporate and school networks often let out only TCP and DNS. Ask for UDP port 3544, or use"
                        + " another network: every Teredo server uses this port.",
                    "At home: look at the router's parental controls and 'outbound' rules.",
                    "If it is your own server: open UDP port 3544 in its firewall, and in the cloud provider's.",
                    "A server that needs a secret does not answer without it: `--secret-file FILE`.",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .noServer:
            (
                """
                The host is there, but no Teredo server on it. It answered that no program listens on its UDP port 3544.
                """,
                [
                    "Check the address. Most public servers are gone, and their addresses have other owners now.",
                    "If it is yours: `sudo teredo server --address ADDRESS`, and `teredo status` there.",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .serverSilent:
            (
                """
                The server is silent. Nothing came back from it, neither from UDP port 3544 nor from any other port, so
                that a dead server and a firewall that drops everything look the same.
                """,
                [
                    "Try another server: if that one answers, the first is dead.",
                    "If all are silent: let UDP to port 3544 out, and the answers in.",
                    "A server that needs a secret does not answer without it: `--secret-file FILE`.",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .primarySilent:
            (
                """
                The primary address of the server is silent, while its secondary address answers. UDP port 3544 works from
                here; the server does not, because clients are registered with its primary address.
                """,
                [
                    "Use another server for now, and tell the administrator of this one.",
                    "If it is yours: is the primary address still on the interface, and routed to the machine?",
                    "Solved when `teredo check` says something else.",
                ]
            )
        case .answerRejected:
            (
                """
                An answer from the server was not believed. Its nonce, its authentication or its contents were wrong.
                """,
                [
                    "`authenticationFailed`: check identifier and secret with the administrator (`--client-id`,"
                        + " `--secret-file`).",
                    "`invalidAdvertisement`: a server behind a port forwarding answers with its internal address, which"
                        + " no client believes; it needs the public addresses on its own interface.",
                    "`invalidAdvertisement`, `wrongChecksum`: the server or the path is broken; use another server.",
                    "If it keeps happening on different networks, somebody may be forging answers.",
                ]
            )
        case .serverAddressUnusable:
            (
                """
                The server's name has several addresses, and not all of them work: some are silent, or cannot be a
                server's. A client finds that out by itself and takes another one within seconds.
                """,
                [
                    "Nothing is in your way. The administrator of the name can remove the dead address.",
                    "To spare the seconds, give the address of a server that answers instead of the name.",
                    "0.0.0.0, 127.0.0.1 and private addresses come from a block list or a captive portal on the way.",
                ]
            )
        case .secondarySilent:
            (
                """
                The secondary address of the server is silent. The kind of NAT stays unknown: it takes two addresses
                to tell. A client takes its NAT for a restricted one; if it is a symmetric one, some peers are reached
                through a transit relay or not at all.
                """,
                [
                    "The secondary address is the primary one plus 1 unless told otherwise: `--secondary-server ADDRESS`.",
                    "The server's firewall, or its provider's, may let through only one of its addresses.",
                    "A gateway with one address has no other, and says so in its `teredo status`; a second address helps"
                        + " all its clients.",
                    "With `--strict` a client stays offline for this: leave the option out.",
                ]
            )
        default:
            (
                """
                The path to the server is too narrow. Teredo packets have up to 1308 octets with IPv4 and UDP headers;
                here they travel in fragments, which NATs and firewalls often lose: small packets pass, large ones hang.
                """,
                [
                    "PPPoE takes 1492 octets and is wide enough; smaller values come from tunnels (VPN, GRE, WireGuard inside"
                        + " PPPoE) and from links configured by hand: `ip link show`, `tracepath -4 ADDRESS`.",
                    "Raise it: `sudo ip link set dev NAME mtu 1400`, or in the router or VPN.",
                    "If that is impossible, help TCP over Teredo: `ip6tables -t mangle -A POSTROUTING -o teredo"
                        + " -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000`. IPv6 itself cannot go below 1280.",
                    "Solved when the row 'Full-size Packets' says that they pass.",
                ]
            )
        }
    }
}
