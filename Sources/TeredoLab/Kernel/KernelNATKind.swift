/// The kinds of NAT box that the kernel lab makes with nftables (spec: NAT matrix, section 1).
package enum KernelNATKind: String, CaseIterable, Hashable, Sendable {
    case none
    case fullCone = "full-cone"
    case addressRestricted = "address-restricted"
    case portRestricted = "port-restricted"
    case symmetric

    /// Whether more than one client can sit behind one box of this kind: the cone recipes forward to one host.
    package var carriesSeveralClients: Bool {
        switch self {
        case .none, .portRestricted, .symmetric: true
        case .fullCone, .addressRestricted: false
        }
    }

    /// The rule set for a box whose outside interface is `wan`, as `nft -f` reads it.
    ///
    /// Every box drops what is not established in its *input* chain, as home routers do: otherwise a peer's direct
    /// bubble would be delivered to the box itself, connection tracking would remember it, and the bubble sent out
    /// later would be given another source port, so that hole punching fails.
    package func rules(publicAddress: String, client: String) -> String {
        """
        flush ruleset
        table ip filter {
            chain input {
                type filter hook input priority filter
                iifname "wan" ct state != established,related drop
            }
        }
        \(translation(publicAddress: publicAddress, client: client))
        """
    }

    private func translation(publicAddress: String, client: String) -> String {
        switch self {
        case .none: ""
        case .fullCone:
            """
            table ip nat {
                chain prerouting {
                    type nat hook prerouting priority dstnat
                    iifname "wan" udp dport 1024-65535 dnat to \(client)
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    oifname "wan" snat to \(publicAddress)
                }
            }
            """
        case .addressRestricted:
            """
            table ip nat {
                set seen {
                    type ipv4_addr
                    flags dynamic,timeout
                    timeout 300s
                }
                chain forward {
                    type filter hook forward priority filter
                    oifname "wan" update @seen { ip daddr }
                }
                chain prerouting {
                    type nat hook prerouting priority dstnat
                    iifname "wan" ip saddr @seen udp dport 1024-65535 dnat to \(client)
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    oifname "wan" snat to \(publicAddress)
                }
            }
            """
        case .portRestricted: Self.masquerade("")
        case .symmetric: Self.masquerade(" fully-random")
        }
    }

    private static func masquerade(_ flags: String) -> String {
        """
        table ip nat {
            chain postrouting {
                type nat hook postrouting priority srcnat
                oifname "wan" masquerade\(flags)
            }
        }
        """
    }
}
