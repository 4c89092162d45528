/// Links, addresses and routes of a fleet; those that BIRD makes come later.
extension KernelLab {
    func wireFleet() throws {
        for host in layout.hosts { try self[host].configure(Self.common) }
        try self[.internet].configure(Self.router)
        for member in FleetPlan.members { try wire(member) }
        for site in FleetPlan.sites { try wire(site) }
        for (host, address) in FleetPlan.natives { try wireNative(host, address) }
        try link((.internet, KernelHost.newcomer.rawValue), (.newcomer, "eth0"))
        let newcomer = FleetPlan.newcomer
        try self[.internet].configure("ip address add \(newcomer.router)/28 dev \(KernelHost.newcomer.rawValue)")
        try self[.newcomer].configure(
            "ip address add \(newcomer.address)/28 dev eth0\nip route add default via \(newcomer.router)"
        )
        report("network: \(layout.hosts.count) namespaces")
    }

    private func wire(_ member: FleetPlan.Member) throws {
        let name = member.host.rawValue
        try link((.internet, name), (member.host, "eth0"))
        try self[.internet].configure(
            """
            ip address add \(member.router.ipv4)/28 dev \(name)
            ip address add \(member.router.ipv6)/64 dev \(name) nodad
            """
        )
        let isServer = FleetPlan.servers.contains(member)
        let isGateway = FleetPlan.gateways.contains(member)
        var lines = [
            "ip address add \(member.ipv4)/28 dev eth0", "ip route add default via \(member.router.ipv4)",
            "ip address add \(member.ipv6)/64 dev eth0 nodad", "ip route add default via \(member.router.ipv6)",
        ]
        if isGateway { lines.append("ip address add \(member.secondIPv4)/28 dev eth0") }
        if isServer { lines += FleetPlan.serverAddresses.map { "ip address add \($0)/32 dev lo" } }
        try self[member.host].configure((isServer ? "" : Self.router) + lines.joined(separator: "\n"))
    }

    private func wire(_ site: FleetPlan.Site) throws {
        try link((site.box, "wan"), (.internet, site.box.rawValue))
        try link((site.box, "lan"), (site.client, "eth0"))
        try self[.internet].configure("ip address add \(site.router)/28 dev \(site.box.rawValue)")
        try self[site.box].configure(
            Self.router + """
                ip address add \(site.outside)/28 dev wan
                ip route add default via \(site.router)
                ip address add \(site.gateway)/24 dev lan
                """
        )
        try self[site.client].configure(
            "ip address add \(site.inside)/24 dev eth0\nip route add default via \(site.gateway)"
        )
        try load(rules: site.nat.kernelRules(publicAddress: site.outside, client: site.inside), on: site.box)
    }

    private func wireNative(_ host: KernelHost, _ address: String) throws {
        let router = address.replacing("::1", with: "::ff")
        try link((.internet, host.rawValue), (host, "eth0"))
        try self[.internet].configure("ip address add \(router)/64 dev \(host.rawValue) nodad")
        try self[host].configure(
            "ip address add \(address)/64 dev eth0 nodad\nip route add default via \(router)"
        )
    }
}
