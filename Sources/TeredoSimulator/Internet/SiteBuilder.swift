import TeredoProtocol
import TeredoWire

/// Builds the sites of the two clients.
struct SiteBuilder {
    let options: InternetOptions
    let network: SimulatedNetwork
    let internet: Int
    let authenticator: any MessageAuthenticator
    private(set) var natNodes: [NATNode] = []
    /// Further clients on the site of client A.
    private(set) var crowd: [ClientNode] = []

    init(
        options: InternetOptions,
        network: SimulatedNetwork,
        internet: Int,
        authenticator: any MessageAuthenticator
    ) {
        self.options = options
        self.network = network
        self.internet = internet
        self.authenticator = authenticator
    }

    mutating func build(using generator: inout SeededGenerator) -> (ClientNode, ClientNode) {
        var outside = internet
        var isPublic = true
        if case .nested(let kind) = options.layout, var behavior = kind.behavior {
            options.adjustNAT(&behavior)
            outside = addNAT(
                "carrier NAT",
                behavior,
                address: IPv4Address(203, 0, 113, 1),
                outside: internet,
                using: &generator
            )
            isPublic = false
        }
        let siteA = addSite(
            "NAT A",
            options.natA,
            outside: outside,
            address: isPublic ? IPv4Address(198, 51, 100, 1) : IPv4Address(10, 0, 0, 2),
            using: &generator
        )
        let addressA = siteA.isLAN ? IPv4Address(192, 168, 1, 2) : siteA.address
        let clientA = addClient(HostName.clientA, addressA, on: siteA, using: &generator)
        for number in 0..<options.crowd where siteA.isLAN {
            let address = IPv4Address(192, 168, 1, UInt8(20 + number))
            crowd.append(addClient(HostName.clientA, address, on: siteA, as: "client \(number + 1)", using: &generator))
        }
        if options.layout == .sameSite, siteA.isLAN {
            let clientB = addClient(HostName.clientB, IPv4Address(192, 168, 1, 3), on: siteA, using: &generator)
            return (clientA, clientB)
        }
        let siteB = addSite(
            "NAT B",
            options.natB,
            outside: outside,
            address: isPublic ? IPv4Address(203, 0, 113, 101) : IPv4Address(10, 0, 0, 12),
            using: &generator
        )
        let addressB = siteB.isLAN ? IPv4Address(192, 168, 1, 3) : siteB.address
        return (clientA, addClient(HostName.clientB, addressB, on: siteB, using: &generator))
    }

    /// The segment of a client, and whether it is a LAN or the Internet itself.
    private struct Site {
        let segment: Int
        let isLAN: Bool
        let address: IPv4Address
    }

    private mutating func addSite(
        _ name: String,
        _ kind: NATKind,
        outside: Int,
        address: IPv4Address,
        using generator: inout SeededGenerator
    ) -> Site {
        guard var behavior = kind.behavior else { return Site(segment: outside, isLAN: false, address: address) }
        options.adjustNAT(&behavior)
        let segment = addNAT(name, behavior, address: address, outside: outside, using: &generator)
        return Site(segment: segment, isLAN: true, address: address)
    }

    private mutating func addNAT(
        _ name: String,
        _ behavior: NATBehavior,
        address: IPv4Address,
        outside: Int,
        using generator: inout SeededGenerator
    ) -> Int {
        let inside = network.addSegment(fault: LinkFault(latency: .milliseconds(1)), isLAN: true)
        let nat = SimulatedNAT(behavior: behavior, address: address, generator: generator.fork())
        let node = NATNode(name: name, nat: nat, inside: inside, outside: outside)
        node.index = network.add(node)
        network.attach(node.index, to: inside, address: IPv4Address(192, 168, 1, 1), isGateway: true)
        for external in nat.addresses { network.attach(node.index, to: outside, address: external) }
        natNodes.append(node)
        return inside
    }

    /// The addresses that answer for the first hops: each NAT on the way, and a router of the Internet.
    private func nearHops(from site: Site) -> [IPv4Address?] {
        var hops: [IPv4Address?] = []
        var segment = site.segment
        while let node = natNodes.first(where: { $0.inside == segment }) {
            hops.append(IPv4Address(192, 168, 1, 1))
            segment = node.outside
        }
        return hops + [Self.firstRouter]
    }

    private static let firstRouter = IPv4Address(198, 51, 100, 254)

    private func addClient(
        _ name: HostName,
        _ address: IPv4Address,
        on site: Site,
        as nickname: String? = nil,
        using generator: inout SeededGenerator
    ) -> ClientNode {
        var configuration = ClientConfiguration()
        options.adjustClient(&configuration)
        let skew = options.clocks.dropFirst(name == .clientA ? 0 : 1).first
        let clock = SkewedClock(offset: skew?.offset ?? .zero, drift: skew?.drift ?? 0)
        let client = TeredoClient(
            configuration: configuration,
            authenticator: authenticator,
            generator: generator.fork(),
            now: clock.local(network.now)
        )
        let port = UInt16.random(in: 40_000...60_000, using: &generator)
        let subnets = site.isLAN ? [IPv4Prefix(address, length: 24)] : []
        let node = ClientNode(
            name: nickname ?? name.rawValue,
            client: client,
            endpoint: UDPEndpoint(address, port),
            subnets: subnets,
            segment: site.segment,
            servers: options.fleet.servers(of: name),
            generator: generator.fork()
        )
        node.clock = clock
        node.nearHops = nearHops(from: site)
        node.knowsNearHops = options.tellsNearHops
        node.router = natNodes.first { $0.inside == site.segment && $0.nat.behavior.forwardsPorts }
        node.index = network.add(node)
        network.attach(node.index, to: site.segment, address: address)
        return node
    }
}
