import FoundationEssentials
package import TeredoLinux

/// Debian's miniupnpd on a NAT box: a router that forwards ports.
extension KernelLab {
    /// Which protocols a router speaks.
    package enum RouterProtocols: Sendable {
        /// PCP, NAT-PMP and UPnP.
        case all
        /// PCP and NAT-PMP.
        case pcp
        /// UPnP only.
        case upnp
    }

    /// The name of miniupnpd's tables on a box.
    package static let portMapperTable = "miniupnpd"

    /// What the router behind the mapping does with the rest.
    package enum MappedNAT: Sendable {
        /// UPR: ports are kept.
        case portRestricted
        /// USY: the first flow of a port, to the server, keeps it; every other flow gets a random one.
        case symmetric
    }

    /// Starts miniupnpd on a box and makes it a NAT with an address that miniupnpd takes for a public one.
    package func startPortMapper(
        on box: KernelHost,
        _ protocols: RouterProtocols = .all,
        nat: MappedNAT = .portRestricted
    ) throws -> ChildProcess {
        let table = Self.portMapperTable
        // miniupnpd refuses documentation addresses; this one is for tests of amateur radio and goes nowhere from here.
        let address = box == .box2 ? "44.128.0.2" : "44.128.0.1"
        try self[box].configure("ip address add \(address)/32 dev wan")
        let outside = box == .box2 ? KernelAddresses.box2 : box1Outside
        try self[layout == .nested && box == .box1 ? .carrier : .internet].configure(
            "ip route add \(address)/32 via \(outside)"
        )
        let server = KernelAddresses.server
        let translation =
            switch nat {
            case .portRestricted: "oifname \"wan\" snat to \(address)"
            case .symmetric:
                """
                oifname "wan" ip daddr \(server) udp dport 3544 snat to \(address)
                            oifname "wan" meta l4proto udp snat to \(address):1024-65535 fully-random
                """
            }
        try load(
            rules: """
                flush ruleset
                table inet \(table) {
                    chain forward { }
                    chain prerouting { }
                    chain postrouting { }
                    chain forward_hook {
                        type filter hook forward priority -5
                        jump forward
                    }
                    chain prerouting_hook {
                        type nat hook prerouting priority -105
                        jump prerouting
                    }
                }
                table ip filter {
                    chain input {
                        type filter hook input priority filter
                        iifname "wan" ct state { new, invalid } drop
                    }
                }
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        \(translation)
                    }
                }
                """,
            on: box
        )
        let path = "\(directory)/\(box.rawValue)-miniupnpd.conf"
        let configuration = """
            ext_ifname=wan
            ext_ip=\(address)
            listening_ip=lan
            http_port=5000
            enable_natpmp=\(protocols == .upnp ? "no" : "yes")
            enable_upnp=\(protocols == .pcp ? "no" : "yes")
            secure_mode=yes
            min_lifetime=120
            max_lifetime=86400
            upnp_table_name=\(table)
            upnp_nat_table_name=\(table)
            upnp_forward_chain=forward
            upnp_nat_chain=prerouting
            upnp_nat_postrouting_chain=postrouting
            uuid=6f1c9d2e-3b8a-4c51-9f0e-7d2a5b4c3e1f
            allow 1024-65535 0.0.0.0/0 1024-65535
            deny 0-65535 0.0.0.0/0 0-65535

            """
        try configuration.write(toFile: path, atomically: false, encoding: .utf8)
        let command = ["miniupnpd", "-d", "-f", path, "-P", "\(directory)/\(box.rawValue)-miniupnpd.pid"]
        let log = "\(directory)/\(box.rawValue)-miniupnpd.log"
        let process = try ChildProcess(self[box].inside(command), output: .file(log))
        childGuard.add(process)
        report("\(box.rawValue): miniupnpd started")
        return process
    }

    /// The mappings of a box, as nftables lists them.
    package func portMappings(of box: KernelHost) throws -> String {
        try self[box].run(["nft", "list", "chain", "inet", Self.portMapperTable, "prerouting"]).output
    }
}
