/// The kinds of NAT box that the kernel lab makes with nftables; docs/nat-matrix.md says what each is.
package enum KernelNATKind: String, CaseIterable, Hashable, Sendable {
    case none
    case fullCone = "full-cone"
    case addressRestricted = "address-restricted"
    case portRestricted = "port-restricted"
    case symmetric
    case addressRestrictedAccepting = "address-restricted-accepting"
    case portRestrictedAccepting = "port-restricted-accepting"
    case symmetricAccepting = "symmetric-accepting"

    /// The kinds of boxes that drop what comes in for themselves.
    package static let forgetfulOnes = allCases.filter { !$0.isAccepting }
    /// The kinds for which it matters whether the box drops what comes in for itself.
    package static let boxKinds: [Self] = [
        .addressRestricted, .portRestricted, .symmetric, .addressRestrictedAccepting, .portRestrictedAccepting,
        .symmetricAccepting,
    ]

    /// Whether the box accepts what comes in for itself, and remembers it.
    package var isAccepting: Bool {
        switch self {
        case .addressRestrictedAccepting, .portRestrictedAccepting, .symmetricAccepting: true
        case .none, .fullCone, .addressRestricted, .portRestricted, .symmetric: false
        }
    }

    /// Whether more than one client can sit behind one box of this kind: the cone recipes forward to one host.
    package var carriesSeveralClients: Bool {
        switch self {
        case .none, .portRestricted, .symmetric, .portRestrictedAccepting, .symmetricAccepting: true
        case .fullCone, .addressRestricted, .addressRestrictedAccepting: false
        }
    }

    /// The rule set for a box whose outside interface is `wan`, as `nft -f` reads it.
    ///
    /// A box drops what is not established in its *input* chain, as home routers do, unless it is one that accepts: there a
    /// peer's direct bubble is delivered to the box itself, connection tracking remembers it, and the bubble sent out
    /// later is given another source port, so that hole punching fails.
    package func rules(publicAddress: String, client: String) -> String {
        """
        flush ruleset
        \(isAccepting ? "" : Self.inputFilter)
        \(translation(publicAddress: publicAddress, client: client))
        """
    }

    private static let inputFilter = """
        table ip filter {
            chain input {
                type filter hook input priority filter
                iifname "wan" ct state != established,related drop
            }
        }
        """

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
        case .addressRestricted, .addressRestrictedAccepting:
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
        case .portRestricted, .portRestrictedAccepting: Self.masquerade("")
        case .symmetric, .symmetricAccepting: Self.masquerade(" fully-random")
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
