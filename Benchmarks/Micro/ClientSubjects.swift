import TeredoProtocol
import TeredoWire

/// A qualified client that trusts one peer.
struct QualifiedClient {
    static let mapped = UDPEndpoint(IPv4Address(198, 51, 100, 7), 4096)
    static let local = UDPEndpoint(IPv4Address(192, 168, 1, 5), 4096)
    static let peer = Packets.client(7)

    var machine: TeredoClient
    let now = Packets.start

    init() throws {
        var configuration = ClientConfiguration()
        configuration.localDiscovery.isOn = false
        configuration.transit = .off
        machine = TeredoClient(
            configuration: configuration,
            authenticator: StandInAuthenticator(),
            generator: SplitMixGenerator(seed: 1),
            now: now
        )
        var server = try ServerSolicitation.server()
        machine.start(localEndpoint: Self.local, subnets: [], now: now)
        drain(answeringWith: &server)
        guard let own = machine.address?.ipv6 else { throw SubjectError("the client does not qualify") }
        _ = machine.handlePacket(Packets.udp(from: own, to: Self.peer.ipv6).span, now: now)
        drain(answeringWith: &server)
        let bubble = Packets.bubble(from: Self.peer.ipv6, to: own)
        _ = machine.handleDatagram(bubble.span, from: Self.peer.mappedEndpoint, on: .service, now: now)
        drain(answeringWith: &server)
    }

    private mutating func drain(answeringWith server: inout TeredoServer) {
        while let event = machine.pollEvent() {
            guard event == .serverAddressNeeded else { continue }
            let addresses = ServerAddresses(primary: Packets.server, secondary: Packets.secondary)
            machine.setServer(addresses, now: now)
        }
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 66_000) { transmit = machine.pollTransmit(into: &$0) }
            guard let transmit else { break }
            let socket = transmit.destination.address == Packets.server ? ServerSocket.primary : .secondary
            guard transmit.destination.port == 3544 else { continue }
            var verdict = ServerVerdict.drop(.malformed)
            let answer = [UInt8](capacity: 66_000) { output in
                verdict = server.handleDatagram(bytes.span, from: Self.mapped, on: socket, now: now, into: &output)
            }
            guard case .reply(let sender, let target, _) = verdict, target == Self.mapped else { continue }
            let source = UDPEndpoint(sender == .primary ? Packets.server : Packets.secondary, 3544)
            _ = machine.handleDatagram(answer.span, from: source, on: .service, now: now)
        }
        while true {
            var count: Int?
            _ = [UInt8](capacity: 66_000) { count = machine.pollDelivery(into: &$0) }
            guard count != nil else { break }
        }
        while machine.pollEvent() != nil {}
    }
}

/// A packet of the host to a trusted peer.
struct ClientTransmission: Subject {
    static let summary = "client: a packet of the host to a trusted peer"
    private var client: QualifiedClient
    private let packet: [UInt8]

    init() throws {
        client = try QualifiedClient()
        packet = Packets.udp(from: client.machine.address?.ipv6 ?? .unspecified, to: QualifiedClient.peer.ipv6)
        guard try run(1) > 0 else { throw SubjectError("the client does not forward to its peer") }
    }

    mutating func run(_ count: Int) throws -> Int {
        let packet = packet
        var sum = 0
        for _ in 0..<count {
            guard case .forward(let endpoint, _) = client.machine.handlePacket(packet.span, now: client.now) else {
                throw SubjectError("not on the fast path")
            }
            sum &+= Int(endpoint.port)
        }
        return sum
    }
}

/// A datagram of a trusted peer.
struct ClientReception: Subject {
    static let summary = "client: a datagram of a trusted peer"
    private var client: QualifiedClient
    private let packet: [UInt8]

    init() throws {
        client = try QualifiedClient()
        packet = Packets.udp(from: QualifiedClient.peer.ipv6, to: client.machine.address?.ipv6 ?? .unspecified)
        guard try run(1) > 0 else { throw SubjectError("the client does not deliver from its peer") }
    }

    mutating func run(_ count: Int) throws -> Int {
        let packet = packet
        let source = QualifiedClient.peer.mappedEndpoint
        var sum = 0
        for _ in 0..<count {
            let verdict = client.machine.handleDatagram(packet.span, from: source, on: .service, now: client.now)
            guard case .deliver(let range) = verdict else { throw SubjectError("not on the fast path: \(verdict)") }
            sum &+= range.count
        }
        return sum
    }
}
