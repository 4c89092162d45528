import TeredoProtocol
import TeredoWire

/// A host with a Teredo client.
final class ClientNode: SimulatedNode {
    let name: String
    var client: TeredoClient
    var stack = HostStack()
    var index = -1
    private let segment: Int
    private var sockets: ClientSockets
    private let subnets: [IPv4Prefix]
    private let servers: [ServerAddresses]
    /// The events of the client with their times.
    private(set) var events: [(time: ProtocolInstant, event: ClientEvent)] = []
    /// When solicitations left, to check their rate; those of echo tests have their own limit (SEC-39).
    private(set) var solicitationTimes: [ProtocolInstant] = []
    /// The host's clock.
    var clock = SkewedClock()
    /// Until when the process is stopped by its host; what comes in meanwhile is lost.
    private var sleepsUntil: ProtocolInstant?
    /// Whether the process runs; datagrams find a closed port otherwise.
    private(set) var isUp = true
    /// The router that forwards ports to this host, if it has one.
    var router: NATNode?
    /// What answers for the first hops of the way out, and whether the client finds that out by itself.
    var nearHops: [IPv4Address?] = []
    var knowsNearHops = true

    init(
        name: String,
        client: TeredoClient,
        endpoint: UDPEndpoint,
        subnets: [IPv4Prefix],
        segment: Int,
        servers: [ServerAddresses],
        generator: SeededGenerator
    ) {
        self.name = name
        self.client = client
        sockets = ClientSockets(service: endpoint, generator: generator)
        self.subnets = subnets
        self.segment = segment
        self.servers = servers
    }

    /// The service port as the host sees it.
    var endpoint: UDPEndpoint { sockets.service }
    var address: IPv6Address? { client.address?.ipv6 }
    var nextTimeout: ProtocolInstant? {
        guard isUp, let due = client.nextTimeout.map(clock.global) else { return nil }
        return sleepsUntil.map { max($0, due) } ?? due
    }

    /// What the host's clock shows.
    private func time(in network: SimulatedNetwork) -> ProtocolInstant { clock.local(network.now) }

    /// Whether the process is stopped by its host.
    private func sleeps(in network: SimulatedNetwork) -> Bool { sleepsUntil.map { network.now < $0 } ?? false }

    /// Ends the process without a word.
    func stop() { isUp = false }

    /// Stops the process for a while, as a host does that is suspended: its time goes on.
    func sleep(for duration: Duration, in network: SimulatedNetwork) { sleepsUntil = network.now + duration }

    func start(in network: SimulatedNetwork) {
        client.setPortMapping(router?.nat.forwardPort(to: endpoint), now: time(in: network))
        client.start(localEndpoint: endpoint, subnets: subnets, now: time(in: network))
        if knowsNearHops { client.setNearHops(nearHops) }
        drain(in: network)
    }

    /// Moves the host to another IPv4 address on the same LAN; `false` when another host there has it, so that it stays.
    func move(to address: IPv4Address, in network: SimulatedNetwork) -> Bool {
        guard !network.isTaken(address, besides: index, on: segment) else { return false }
        network.detach(index, from: segment)
        router?.nat.withdrawPort(of: endpoint)
        sockets.move(to: address)
        network.attach(index, to: segment, address: address)
        client.setPortMapping(router?.nat.forwardPort(to: endpoint), now: time(in: network))
        client.handleNetworkChange(localEndpoint: endpoint, subnets: subnets, now: time(in: network))
        if knowsNearHops { client.setNearHops(nearHops) }
        drain(in: network)
        return true
    }

    func wake(in network: SimulatedNetwork) {
        guard isUp, !sleeps(in: network) else { return }
        client.handleTimeout(now: time(in: network))
        drain(in: network)
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        guard isUp else {
            network.lost(datagram, at: name)
            guard !datagram.destination.address.isMulticast else { return }
            return network.report(.portUnreachable, about: datagram, by: endpoint.address, on: segment)
        }
        guard !sleeps(in: network) else { return network.lost(datagram, at: name) }
        let port: LocalPort?
        switch (datagram.destination.address.isMulticast, datagram.destination.port) {
        case (true, TeredoConstants.udpPort): port = nil
        case (false, let number):
            guard let open = sockets.port(numbered: number) else { return network.lost(datagram, at: name) }
            port = open
        default: return network.lost(datagram, at: name)
        }
        network.delivered(datagram, to: name)
        let octets = datagram.payload.span
        let verdict =
            if let port {
                client.handleDatagram(octets, from: datagram.source, on: port, now: time(in: network))
            } else {
                client.handleDiscoveryDatagram(octets, from: datagram.source, onLink: subnets, now: time(in: network))
            }
        if case .deliver(let range) = verdict {
            let packet = Array(datagram.payload[range])
            network.handedOver(packet, to: name, from: datagram)
            deliver(packet, in: network)
        }
        drain(in: network)
    }

    func receive(_ error: SimulatedError, on segment: Int, in network: SimulatedNetwork) {
        guard isUp, !sleeps(in: network) else { return }
        client.handleICMPError(error.message, quoting: error.quoted.span, now: time(in: network))
        drain(in: network)
    }

    /// Sends a packet of the host's.
    func transmit(_ packet: [UInt8], in network: SimulatedNetwork) {
        guard !sleeps(in: network) else { return }
        if case .forward(let destination, let port) = client.handlePacket(packet.span, now: time(in: network)) {
            send(packet, to: destination, from: sockets.endpoint(of: port), in: network)
        }
        drain(in: network)
        network.scheduleWake(index)
    }

    /// Forgets what is noted for those who look at the run.
    func forgetHistory() {
        stack.forgetHistory()
        events = []
        solicitationTimes = []
    }

    private func isRandom(_ port: LocalPort) -> Bool { if case .randomPort = port { true } else { false } }

    private func openRandomPort(_ slot: UInt8, in network: SimulatedNetwork) {
        let port = sockets.openRandom(slot)
        client.randomPortOpened(slot, port: port, now: time(in: network))
        drain(in: network)
    }

    private func deliver(_ packet: [UInt8], in network: SimulatedNetwork) {
        guard let address else { return }
        if let answer = stack.receive(packet, own: [address], now: network.now) { transmit(answer, in: network) }
    }

    private func send(
        _ payload: [UInt8],
        to destination: UDPEndpoint,
        from source: UDPEndpoint,
        timeToLive: UInt8? = nil,
        in network: SimulatedNetwork
    ) {
        let timeToLive = timeToLive ?? SimulatedDatagram.usualTimeToLive
        network.send(
            payload,
            from: source,
            to: destination,
            timeToLive: timeToLive,
            by: index,
            on: segment
        )
    }

    private func drain(in network: SimulatedNetwork) {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 66_000) { transmit = client.pollTransmit(into: &$0) }
            guard let transmit else { break }
            if !isRandom(transmit.port), PacketKind(datagram: bytes, to: transmit.destination).isQualification {
                solicitationTimes.append(network.now)
            }
            let source = sockets.endpoint(of: transmit.port)
            send(bytes, to: transmit.destination, from: source, timeToLive: transmit.timeToLive, in: network)
        }
        while true {
            var count: Int?
            let packet = [UInt8](capacity: 66_000) { count = client.pollDelivery(into: &$0) }
            guard count != nil else { break }
            network.handedOver(packet, to: name, from: nil)
            deliver(packet, in: network)
        }
        while let event = client.pollEvent() {
            events.append((network.now, event))
            switch event {
            case .serverAddressNeeded:
                client.setServers(servers, now: time(in: network))
                drain(in: network)
            case .secondaryPortNeeded:
                client.secondaryPortOpened(now: time(in: network))
                drain(in: network)
            case .randomPortNeeded(let slot):
                openRandomPort(slot, in: network)
            case .randomPortDone(let slot):
                sockets.closeRandom(slot)
            case .addressAssigned, .addressWithdrawn:
                network.observe?(.forgot(node: name, time: network.now))
            default:
                break
            }
        }
        network.scheduleWake(index)
    }
}
