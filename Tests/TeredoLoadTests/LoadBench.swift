import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

@testable import TeredoLoad

/// The clients of the load against the real machines of server and relay and a native host, in virtual time and without a network.
struct LoadBench {
    static let serverAddress = IPv4Address(192, 0, 2, 1)
    static let secondaryAddress = IPv4Address(192, 0, 2, 2)
    static let relayEndpoint = UDPEndpoint(IPv4Address(198, 51, 100, 1), 40_000)
    static let native = IPv6Address("2400:1:0:3::1") ?? .unspecified

    /// What happens to packets on their way to the clients.
    enum Fault: Hashable { case none, lost, damaged }

    var population: ClientPopulation
    private var server: TeredoServer
    private var relay: TeredoRelay
    private(set) var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    var fault: (Int) -> Fault = { _ in .none }
    private var answers = 0
    private var inbox: [[UInt8]] = []
    private(set) var dropped: [DropReason] = []

    static func model(clients: Int) -> LoadModel {
        var model = LoadModel(
            server: serverAddress,
            secondaryServer: secondaryAddress,
            relays: [relayEndpoint],
            native: native
        )
        model.clients = clients
        model.clientsPerAddress = 2
        model.arrivalsPerSecond = Double(clients) / 5
        model.session = .seconds(120)
        model.pause = .seconds(10)
        return model
    }

    init(_ model: LoadModel, seed: UInt64) throws {
        let authenticator = HMACSHA1Authenticator()
        let filter = GlobalUnicastFilter(globalPrefixes: [model.prefix])
        var configuration = ServerConfiguration(primary: Self.serverAddress, secondary: Self.secondaryAddress)
        configuration.filter = filter
        configuration.limits.native = RateLimit(rate: 1_000_000)
        // What carries datagrams of a relay shows the server that the relay receives; this bench does not.
        configuration.limits.source = RateLimit(rate: 1_000_000)
        let generator = SplitMix64(seed: seed)
        server = try TeredoServer(
            configuration: configuration,
            authenticator: authenticator,
            generator: generator,
            now: now
        )
        var relayed = RelayConfiguration(
            kind: .router(servedPrefixes: []),
            ownIPv6Addresses: [IPv6Address("2400:1:0:2::1") ?? .unspecified],
            ownIPv4Addresses: [Self.relayEndpoint.address]
        )
        relayed.filter = filter
        relayed.newPeersPerSecond = 1_000_000
        relay = TeredoRelay(configuration: relayed, authenticator: authenticator, generator: generator, now: now)
        population = ClientPopulation(model, seed: seed, now: now)
    }

    /// Runs for a time, in steps of a millisecond.
    mutating func run(_ duration: Duration) {
        let end = now + duration
        while now < end {
            relay.handleTimeout(now: now)
            drainRelay()
            while let packet = next() { route(packet) }
            while !inbox.isEmpty { deliver(inbox.removeFirst()) }
            now = now + .milliseconds(1)
        }
    }

    private mutating func next() -> [UInt8]? {
        var isSent = false
        let packet = [UInt8](capacity: 1500) { isSent = population.pollTransmit(now: now, into: &$0) }
        return isSent ? packet : nil
    }

    /// Gives the clients a packet, and routes what it draws.
    mutating func deliver(_ packet: [UInt8]) {
        var isSent = false
        let answer = [UInt8](capacity: 1500) { isSent = population.handlePacket(packet.span, now: now, into: &$0) }
        if isSent { route(answer) }
    }

    private mutating func route(_ packet: [UInt8]) {
        guard let envelope = try? IPv4Envelope(validating: packet.span) else { return }
        let bytes = Array(packet[envelope.payload])
        switch envelope.destination.address {
        case Self.serverAddress: serve(bytes, from: envelope.source, on: .primary)
        case Self.secondaryAddress: serve(bytes, from: envelope.source, on: .secondary)
        case Self.relayEndpoint.address: relayIn(bytes, from: envelope.source)
        default: break
        }
    }

    private mutating func serve(_ bytes: [UInt8], from source: UDPEndpoint, on socket: ServerSocket) {
        var verdict = ServerVerdict.drop(.malformed)
        let output = [UInt8](capacity: 65_575) {
            verdict = server.handleDatagram(bytes.span, from: source, on: socket, now: now, into: &$0)
        }
        switch verdict {
        case .reply(let from, let target, _):
            let own = from == .primary ? Self.serverAddress : Self.secondaryAddress
            let sender = UDPEndpoint(own, 3544)
            if target == Self.relayEndpoint {
                relayIn(output, from: sender)
            } else {
                answer(output, from: sender, target)
            }
        case .forwardNative: nativeIn(output)
        case .drop(let reason): dropped.append(reason)
        }
    }

    private mutating func nativeIn(_ packet: [UInt8]) {
        guard let request = try? EchoMessage(validating: packet.span) else { return }
        let reply = [UInt8](capacity: request.length) { request.reply.encode(into: &$0) }
        switch relay.handlePacket(reply.span, now: now) {
        case .forward(let endpoint, _): answer(reply, from: Self.relayEndpoint, endpoint)
        case .drop(let reason): dropped.append(reason)
        default: break
        }
        drainRelay()
    }

    private mutating func relayIn(_ bytes: [UInt8], from source: UDPEndpoint) {
        switch relay.handleDatagram(bytes.span, from: source, now: now) {
        case .deliver(let range): nativeIn(Array(bytes[range]))
        case .drop(let reason): dropped.append(reason)
        default: break
        }
        drainRelay()
    }

    private mutating func drainRelay() {
        var datagrams: [(UDPEndpoint, [UInt8])] = []
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 65_575) { transmit = relay.pollTransmit(into: &$0) }
            guard let transmit else { break }
            datagrams.append((transmit.destination, bytes))
        }
        for (endpoint, bytes) in datagrams {
            if endpoint.address == Self.serverAddress {
                serve(bytes, from: Self.relayEndpoint, on: .primary)
            } else {
                answer(bytes, from: Self.relayEndpoint, endpoint)
            }
        }
    }

    private mutating func answer(_ bytes: [UInt8], from source: UDPEndpoint, _ destination: UDPEndpoint) {
        answers += 1
        var packet = [UInt8](capacity: bytes.count + IPv4Envelope.headerLength) { output in
            IPv4Envelope.encode(from: source, to: destination, into: &output) { $0.append(copying: bytes.span) }
        }
        switch fault(answers) {
        case .none: inbox.append(packet)
        case .lost: break
        case .damaged:
            // The last octet: of a prefix, of data, or of an address.
            packet[packet.count - 1] ^= 1
            inbox.append(packet)
        }
    }
}
