public import TeredoProtocol
public import TeredoWire

/// A whole Teredo Internet in virtual time: server, relay, native host, host-specific relay and two clients behind NATs.
///
/// A run is a function of its options: the same options and calls give the same trace, packet for packet.
public final class SimulatedInternet {
    /// The options of the run.
    public let options: InternetOptions
    /// Server addresses.
    public static let server = ServerAddresses(
        primary: IPv4Address(192, 0, 2, 1),
        secondary: IPv4Address(192, 0, 2, 2)
    )
    /// The server of client B, when there are two.
    public static let otherServer = ServerAddresses(
        primary: IPv4Address(192, 0, 2, 5),
        secondary: IPv4Address(192, 0, 2, 6)
    )
    /// The relay's endpoint.
    public static let relay = UDPEndpoint(IPv4Address(192, 0, 2, 10), 3545)

    let network: SimulatedNetwork
    let clientA: ClientNode
    let clientB: ClientNode
    let crowd: [ClientNode]
    let internet: Int
    let serverNodes: [ServerNode]
    let relayNode: RelayNode
    let siblingNodes: [RelayNode]
    let hostRelayNode: RelayNode
    let nativeNode: NativeNode
    private let natNodes: [NATNode]
    private let authenticator: any MessageAuthenticator
    private var sequence: UInt16 = 0

    /// Builds the network; nothing runs yet.
    ///
    /// - Throws: `ServerConfigurationError` when `options.fleet.adjustServer` makes the server impossible.
    public init(
        options: InternetOptions,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) {
        var generator = SeededGenerator(seed: options.seed)
        self.options = options
        self.authenticator = authenticator
        let network = SimulatedNetwork(generator: generator.fork())
        network.recordsTrace = options.recordsTrace
        network.errorQuote = options.errorQuote
        self.network = network
        let internet = network.addSegment(fault: options.fault, isLAN: false, routers: options.routers)
        self.internet = internet

        serverNodes = try options.fleet.servers.map { (addresses) throws(ServerConfigurationError) in
            try Self.serverNode(addresses, options.fleet, authenticator, &generator, network, internet)
        }
        relayNode = Self.relayNode(
            "relay",
            .router(servedPrefixes: []),
            Self.ipv6(2),
            options.fleet.relayEndpoint(0),
            options.fleet,
            authenticator,
            &generator,
            network,
            internet
        )
        network.relays = [relayNode.index]
        hostRelayNode = Self.relayNode(
            HostName.hostRelay.rawValue,
            .hostSpecific,
            Self.ipv6(3),
            UDPEndpoint(IPv4Address(192, 0, 2, 20), 3546),
            options.fleet,
            authenticator,
            &generator,
            network,
            internet
        )
        nativeNode = NativeNode(name: HostName.native.rawValue, address: Self.ipv6(9))
        nativeNode.index = network.add(nativeNode)
        network.addHost(nativeNode.address, node: nativeNode.index)

        var sites = SiteBuilder(options: options, network: network, internet: internet, authenticator: authenticator)
        (clientA, clientB) = sites.build(using: &generator)
        natNodes = sites.natNodes
        crowd = sites.crowd
        // Last, so that what is drawn at random for the others does not depend on them.
        siblingNodes = (1..<max(1, options.fleet.relays)).map { number in
            Self.relayNode(
                "relay \(number + 1)",
                .router(servedPrefixes: []),
                Self.ipv6(UInt64(100 + number)),
                options.fleet.relayEndpoint(number),
                options.fleet,
                authenticator,
                &generator,
                network,
                internet
            )
        }
        network.relays += siblingNodes.map(\.index)
        guard options.fleet.usesGateways else { return }
        for (relay, server) in zip([relayNode] + siblingNodes, serverNodes) { relay.ownServer = server }
    }

    // MARK: Running

    /// The virtual time.
    public var now: ProtocolInstant { network.now }

    /// Starts both clients.
    public func start() {
        clientA.start(in: network)
        clientB.start(in: network)
    }

    /// Starts the clients of the crowd, one after the other in `spacing`.
    public func startCrowd(spacing: Duration) {
        for node in crowd {
            node.start(in: network)
            run(for: spacing)
        }
    }

    /// The clients of the crowd.
    public var crowdClients: [TeredoClient] { crowd.map(\.client) }

    /// The events of all clients of the crowd.
    public var crowdEvents: [ClientEvent] { crowd.flatMap { $0.events.map(\.event) } }

    /// Lets virtual time pass.
    public func run(for duration: Duration) { network.run(until: network.now + duration) }

    /// Starts the clients that are not started, and runs until both are qualified; `false` after `limit`.
    @discardableResult
    public func qualify(within limit: Duration = .seconds(60)) -> Bool {
        if clientA.client.status == .initial { start() }
        return network.run(until: network.now + limit) {
            [clientA, clientB].contains { $0.address == nil || $0.client.isExaminingNAT }
        }
    }

    // MARK: Hosts

    /// The IPv6 address of a host; `nil` while a client is not qualified.
    public func address(of host: HostName) -> IPv6Address? {
        switch host {
        case .clientA: clientA.address
        case .clientB: clientB.address
        case .native: nativeNode.address
        case .hostRelay: hostRelayNode.address
        }
    }

    /// What a host received.
    public func stack(of host: HostName) -> HostStack {
        switch host {
        case .clientA: clientA.stack
        case .clientB: clientB.stack
        case .native: nativeNode.stack
        case .hostRelay: hostRelayNode.stack
        }
    }

    /// The client machine of `.clientA` or `.clientB`; `nil` for other hosts.
    public func client(_ host: HostName) -> TeredoClient? { clientNode(host)?.client }

    /// The events of a client with their times.
    public func events(of host: HostName) -> [(time: ProtocolInstant, event: ClientEvent)] {
        clientNode(host)?.events ?? []
    }

    /// When a client sent solicitations.
    public func solicitationTimes(of host: HostName) -> [ProtocolInstant] { clientNode(host)?.solicitationTimes ?? [] }

    /// The counters of the server.
    public var serverCounters: TrafficCounters { serverNodes[0].server.counters }
    /// The relay machine.
    public var relay: TeredoRelay { relayNode.relay }

    /// Sends one ping and waits for what becomes of it: the reply, or an error about this destination.
    public func ping(from: HostName, to: HostName, timeout: Duration = .seconds(12)) -> PingOutcome {
        guard let source = address(of: from), let destination = address(of: to) else { return .noAddress }
        sequence &+= 1
        let sent = network.now
        let sequence = sequence
        // An error at this very instant may be about an earlier packet.
        let earlierErrors = stack(of: from).errors.count
        transmit(HostStack.ping(from: source, to: destination, sequence: sequence), by: from)
        let isPending = {
            let stack = self.stack(of: from)
            return stack.replies[sequence] == nil
                && !stack.errors.dropFirst(earlierErrors).contains { $0.destination == destination }
        }
        guard network.run(until: sent + timeout, while: isPending) else { return .timeout }
        if let reply = stack(of: from).replies[sequence] { return .reply(reply - sent) }
        return .unreachable(after: network.now - sent)
    }

    /// Sends a ping every `interval` until one of them is answered, whichever; returns after how long that was, or `nil` when
    /// `limit` came first.
    public func firstReply(from: HostName, to: HostName, every interval: Duration, within limit: Duration) -> Duration?
    {
        guard let source = address(of: from), let destination = address(of: to) else { return nil }
        let start = network.now
        let earlierReplies = stack(of: from).replies.count
        var next = start
        while next - start < limit {
            sequence &+= 1
            transmit(HostStack.ping(from: source, to: destination, sequence: sequence), by: from)
            next = min(next + interval, start + limit)
            let isPending = { self.stack(of: from).replies.count == earlierReplies }
            if network.run(until: next, while: isPending) { return network.now - start }
        }
        return nil
    }

    /// Sends a packet with the given octets behind the IPv6 header; `false` when an address is missing.
    @discardableResult
    public func send(_ payload: [UInt8], from: HostName, to: HostName) -> Bool {
        guard let source = address(of: from), let destination = address(of: to) else { return false }
        transmit(HostStack.data(from: source, to: destination, payload), by: from)
        return true
    }

    private func transmit(_ packet: [UInt8], by host: HostName) {
        switch host {
        case .clientA: clientA.transmit(packet, in: network)
        case .clientB: clientB.transmit(packet, in: network)
        case .native: network.send(packet: packet, by: nativeNode.index)
        case .hostRelay: hostRelayNode.transmit(packet, in: network)
        }
    }

    private func clientNode(_ host: HostName) -> ClientNode? {
        switch host {
        case .clientA: clientA
        case .clientB: clientB
        case .native, .hostRelay: nil
        }
    }

    // MARK: Events

    /// Switches the server off or on.
    public func setServer(isUp: Bool) { for node in serverNodes { node.isUp = isUp } }

    /// Switches the server with this primary address off or on.
    public func setServer(_ primary: IPv4Address, isUp: Bool) {
        for node in serverNodes where node.addresses.primary == primary { node.isUp = isUp }
    }

    /// Ends the process of a relay of the fleet; packets for clients take the others from then on.
    ///
    /// 0 is the relay that is always there.
    public func stopRelay(_ number: Int) { ([relayNode] + siblingNodes)[number].stop() }

    /// Ends the relay's process, or begins another one that knows nothing of the one before.
    public func setRelay(isUp: Bool) { setRelay(0, isUp: isUp) }

    /// Begins the process of a relay of the fleet, if it does not run.
    func beginRelay(_ number: Int) {
        if !([relayNode] + siblingNodes)[number].isUp { setRelay(number, isUp: true) }
    }

    /// Does the same to a relay of the fleet: 0 is the relay that is always there.
    package func setRelay(_ number: Int, isUp: Bool) {
        let node = ([relayNode] + siblingNodes)[number]
        guard isUp else { return node.stop() }
        let relay = TeredoRelay(
            configuration: options.fleet.configuration(
                ofRelay: .router(servedPrefixes: []),
                node.address,
                options.fleet.relayEndpoint(number)
            ),
            authenticator: authenticator,
            generator: SeededGenerator(seed: UInt64(bitPattern: network.now.nanoseconds) ^ options.seed),
            now: network.now
        )
        node.restart(with: relay)
        network.observe?(.forgot(node: node.name, time: network.now))
    }

    /// Stops the process of a client for a while, as its host does that is suspended; `false` for other hosts.
    @discardableResult
    package func sleep(_ host: HostName, for duration: Duration) -> Bool {
        guard let node = clientNode(host) else { return false }
        node.sleep(for: duration, in: network)
        return true
    }

    /// Ends the process of a client without a word; `false` for other hosts.
    @discardableResult
    public func stop(_ host: HostName) -> Bool {
        guard let node = clientNode(host) else { return false }
        node.stop()
        return true
    }

    /// Has somebody who knows the endpoints forge an ICMPv4 error for a client about what it sent to `destination`, quoting
    /// `octets`.
    public func forgeError(
        _ kind: ICMPv4Error.Kind,
        for host: HostName,
        about destination: UDPEndpoint,
        quoting octets: [UInt8]
    ) {
        guard let node = clientNode(host) else { return }
        let error = ICMPv4Error(kind, by: destination.address, about: destination)
        node.receive(
            SimulatedError(
                kind: error.kind,
                reporter: error.reporter,
                source: node.endpoint,
                destination: destination,
                quoted: octets
            ),
            on: 0,
            in: network
        )
        network.scheduleWake(node.index)
    }

    /// Makes every NAT forget its mappings.
    public func rebindNATs() {
        for node in natNodes { node.nat.rebind() }
    }

    /// Changes the NAT in front of a client, as a user does in the settings of a router; `false` when there is none.
    @discardableResult
    public func setNAT(of host: HostName, _ change: (inout NATBehavior) -> Void) -> Bool {
        let name = host == .clientA ? "NAT A" : "NAT B"
        guard clientNode(host) != nil, let node = natNodes.first(where: { $0.name == name }) else { return false }
        change(&node.nat.behavior)
        return true
    }

    /// Changes what the Internet does to datagrams.
    public func setFault(_ fault: LinkFault) { network.setFault(fault, segment: internet) }

    /// Loses one datagram on the Internet: the one that comes after `count` others from now on.
    public func loseDatagram(after count: Int) { network.loseDatagram(after: count, segment: internet) }

    /// Has routers tell the clients where datagrams die, as a client finds out some time after it began.
    public func tellNearHops() {
        for node in [clientA, clientB] { node.client.setNearHops(node.nearHops) }
    }

    /// Gives the host of a client another IPv4 address on its LAN; `false` for other hosts, and when another host there has it.
    @discardableResult
    public func move(_ host: HostName, to address: IPv4Address) -> Bool {
        guard let node = clientNode(host) else { return false }
        return node.move(to: address, in: network)
    }

    // MARK: Trace

    /// Forgets what hosts received and what clients said, so that a long run keeps only what the machines remember.
    func forgetHistory() {
        for node in [clientA, clientB] + crowd { node.forgetHistory() }
        for node in [relayNode, hostRelayNode] + siblingNodes { node.stack.forgetHistory() }
        nativeNode.stack.forgetHistory()
    }

    /// Everything that was sent, in order.
    public var trace: [TraceEntry] { network.trace }

    /// The trace from the given row on, as a chart.
    public func chart(from row: Int = 0, width: Int = 80) -> SequenceChart {
        SequenceChart(Array(network.trace.dropFirst(row)), nodes: Self.columns, width: width)
    }

    private static let columns = [
        "client A", "NAT A", "carrier NAT", "attacker 1", "attacker 2", "server", "server B", "NAT B", "client B",
        "relay",
        "relay 2", "relay 3", "host relay", "IPv6 host",
    ]

    private static func ipv6(_ low: UInt64) -> IPv6Address { IPv6Address(high: 0x2400_0001 << 32, low: low) }

    private static func serverNode(
        _ addresses: ServerAddresses,
        _ fleet: FleetOptions,
        _ authenticator: any MessageAuthenticator,
        _ generator: inout SeededGenerator,
        _ network: SimulatedNetwork,
        _ internet: Int
    ) throws(ServerConfigurationError) -> ServerNode {
        let configuration = fleet.configuration(ofServer: addresses)
        let server = try TeredoServer(
            configuration: configuration,
            authenticator: authenticator,
            generator: generator.fork(),
            now: network.now
        )
        let name = addresses == Self.server ? "server" : "server B"
        let node = ServerNode(name: name, server: server, addresses: addresses, segment: internet)
        node.index = network.add(node)
        network.attach(node.index, to: internet, address: addresses.primary, port: fleet.serverPort)
        if let second = configuration.secondary { network.attach(node.index, to: internet, address: second) }
        return node
    }

    private static func relayNode(
        _ name: String,
        _ kind: RelayConfiguration.Kind,
        _ address: IPv6Address,
        _ endpoint: UDPEndpoint,
        _ fleet: FleetOptions,
        _ authenticator: any MessageAuthenticator,
        _ generator: inout SeededGenerator,
        _ network: SimulatedNetwork,
        _ internet: Int
    ) -> RelayNode {
        let relay = TeredoRelay(
            configuration: fleet.configuration(ofRelay: kind, address, endpoint),
            authenticator: authenticator,
            generator: generator.fork(),
            now: network.now
        )
        let node = RelayNode(
            name: name,
            relay: relay,
            address: address,
            endpoint: endpoint,
            segment: internet
        )
        node.index = network.add(node)
        network.attach(node.index, to: internet, address: endpoint.address, port: fleet.relayPort(at: endpoint))
        network.addHost(address, node: node.index)
        return node
    }
}
