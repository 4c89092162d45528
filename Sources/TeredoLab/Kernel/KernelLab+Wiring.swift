import TeredoProtocol

/// Links, addresses and routes of the topology.
extension KernelLab {
    /// An end of a link: the host and its interface there.
    typealias End = (host: KernelHost, interface: String)

    func wire() throws {
        for host in layout.hosts { try self[host].configure(Self.common) }
        try wireInternet()
        try wireSite(.box1, lan: 1, publicLAN: "203.0.113.142/28", clients: layout == .sameLAN ? 2 : 1)
        if layout != .sameLAN { try wireSite(.box2, lan: 2, publicLAN: "203.0.113.158/28", clients: 1) }
        if layout == .nested { try wireCarrier() }
        report("network: \(layout.hosts.count) namespaces, layout \(layout.rawValue)")
    }

    static let common = """
        ip link set lo up
        echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
        echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter
        echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
        echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra
        echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
        echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects
        """

    static let router = """
        echo 1 > /proc/sys/net/ipv4/ip_forward
        echo 1 > /proc/sys/net/ipv6/conf/all/forwarding

        """

    func link(_ first: End, _ second: End) throws {
        try self[first.host].configure(
            """
            ip link add \(first.interface) type veth peer name \(second.interface) \
            netns \(self[second.host].processIdentifier)
            ip link set dev \(first.interface) up
            """
        )
        try self[second.host].configure("ip link set dev \(second.interface) up")
    }

    private func wireInternet() throws {
        try link((.internet, "server"), (.server, "eth0"))
        try link((.internet, "relay"), (.relay, "eth0"))
        try link((.internet, "native"), (.native, "eth0"))
        try link((.internet, "dual-stack"), (.dualStack, "eth0"))
        try self[.internet].configure(
            Self.router + """
                ip address add 192.0.2.254/24 dev server
                ip address add 2400:1:0:1::ff/64 dev server nodad
                ip address add 198.51.100.126/25 dev relay
                ip address add 2400:1:0:2::ff/64 dev relay nodad
                ip address add 2400:1:0:3::ff/64 dev native nodad
                ip address add 198.51.100.254/25 dev dual-stack
                ip address add 2400:1:0:4::ff/64 dev dual-stack nodad
                ip route add 2001::/32 via \(KernelAddresses.relayIPv6)
                """
        )
        try self[.server].configure(
            """
            ip address add \(KernelAddresses.server)/24 dev eth0
            ip address add \(KernelAddresses.secondaryServer)/24 dev eth0
            ip route add default via 192.0.2.254
            ip address add \(KernelAddresses.serverIPv6)/64 dev eth0 nodad
            ip route add default via 2400:1:0:1::ff
            """
        )
        try self[.relay].configure(
            Self.router + """
                ip address add \(KernelAddresses.relay)/25 dev eth0
                ip route add default via 198.51.100.126
                ip address add \(KernelAddresses.relayIPv6)/64 dev eth0 nodad
                ip route add default via 2400:1:0:2::ff
                """
        )
        try self[.native].configure(
            """
            ip address add \(KernelAddresses.native)/64 dev eth0 nodad
            ip route add default via 2400:1:0:3::ff
            """
        )
        try self[.dualStack].configure(
            """
            ip address add \(KernelAddresses.dualStack)/25 dev eth0
            ip route add default via 198.51.100.254
            ip address add \(KernelAddresses.dualStackIPv6)/64 dev eth0 nodad
            ip route add default via 2400:1:0:4::ff
            """
        )
    }

    private func wireSite(_ box: KernelHost, lan: Int, publicLAN: String, clients: Int) throws {
        let isNested = layout == .nested && box == .box1
        let outside = box == .box2 ? KernelAddresses.box2 : box1Outside
        let gateway = isNested ? "100.64.1.1" : (box == .box2 ? "203.0.113.30" : "203.0.113.14")
        try link((box, "wan"), (isNested ? .carrier : .internet, box.rawValue))
        try self[box].configure(
            Self.router + """
                ip address add \(outside)/\(isNested ? 24 : 28) dev wan
                ip route add default via \(gateway)
                ip link add lan type bridge mcast_snooping 0
                ip link set lan up
                ip address add 192.168.\(lan).1/24 dev lan
                ip address add \(publicLAN) dev lan
                """
        )
        for client in [box == .box2 ? KernelHost.clientB : .clientA] + (clients == 2 ? [.clientB] : []) {
            try link((box, client.rawValue), (client, "eth0"))
            try self[box].configure("ip link set \(client.rawValue) master lan")
        }
        guard !isNested else { return }
        let prefix = box == .box2 ? "203.0.113.144/28" : "203.0.113.128/28"
        try self[.internet].configure(
            """
            ip address add \(gateway)/28 dev \(box.rawValue)
            ip route add \(prefix) via \(outside)
            """
        )
    }

    private func wireCarrier() throws {
        try link((.carrier, "wan"), (.internet, "carrier"))
        try self[.carrier].configure(
            Self.router + """
                ip address add \(KernelAddresses.carrier)/28 dev wan
                ip route add default via 203.0.113.46
                ip address add 100.64.1.1/24 dev box-1
                """
        )
        try self[.internet].configure("ip address add 203.0.113.46/28 dev carrier")
        let rules = NATKind.portRestricted.kernelRules(
            publicAddress: KernelAddresses.carrier,
            client: KernelAddresses.box1BehindCarrier
        )
        try load(rules: rules, on: .carrier)
    }
}
