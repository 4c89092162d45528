package import TeredoProtocol

/// The kinds of NAT box that the kernel lab makes with nftables; docs/nat-matrix.md says what each is.
extension NATKind {
    /// The kinds that nftables can do.
    package static let kernelKinds: [Self] = [
        .none, .fullCone, .addressRestricted, .portRestricted, .symmetric,
        .addressRestrictedAccepting, .portRestrictedAccepting, .symmetricAccepting,
    ]
    /// Those of them for which it matters whether the box drops what comes in for itself.
    package static let kernelBoxKinds = kernelKinds.filter { $0.accepting != $0 || $0.forgetful != $0 }

    /// Whether more than one client can sit behind one box of this kind: the cone recipes forward to one host.
    package var carriesSeveralClients: Bool {
        switch forgetful {
        case .none, .portRestricted, .symmetric: true
        default: false
        }
    }

    /// The rule set for a box of this kind, one of ``kernelKinds``, whose outside interface is `wan`, as `nft -f` reads it.
    ///
    /// A box drops what is not established in its *input* chain, as home routers do, unless it is one that accepts: there a
    /// peer's direct bubble is delivered to the box itself, connection tracking remembers it, and the bubble sent out
    /// later is given another source port, so that hole punching fails.
    package func kernelRules(publicAddress: String, client: String) -> String {
        """
        flush ruleset
        \(forgetful != self ? "" : Self.kernelInputFilter)
        \(kernelTranslation(publicAddress: publicAddress, client: client))
        """
    }

    private static let kernelInputFilter = """
        table ip filter {
            chain input {
                type filter hook input priority filter
                iifname "wan" ct state != established,related drop
            }
        }
        """

    private func kernelTranslation(publicAddress: String, client: String) -> String {
        switch forgetful {
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
        case .portRestricted: Self.kernelMasquerade("")
        case .symmetric: Self.kernelMasquerade(" fully-random")
        default: ""
        }
    }

    private static func kernelMasquerade(_ flags: String) -> String {
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
