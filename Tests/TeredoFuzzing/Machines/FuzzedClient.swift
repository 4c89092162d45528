import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A client that lives through what an input says: datagrams, packets of its host, time, changes of the network.
struct FuzzedClient {
    typealias Violation = FuzzTarget.Violation

    fileprivate struct Sent {
        let to: UDPEndpoint
        let port: LocalPort
        let bytes: [UInt8]
    }

    static let mapped = UDPEndpoint(IPv4Address(198, 51, 100, 7), 4096)
    static let local = UDPEndpoint(IPv4Address(192, 168, 1, 5), 4096)
    static let link = IPv4Prefix(IPv4Address(192, 168, 1, 0), length: 24)
    static let servers = ServerAddresses(primary: IPv4Address(192, 0, 2, 1), secondary: IPv4Address(192, 0, 2, 2))
    private static let peerLimit = 12

    private var tape: InputTape
    private var client: TeredoClient
    private var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private var rules = MachineRules(ownAddresses: [local.address])
    /// What was sent last.
    private var sent: [Sent] = []
    private var sentCount = 0
    private var nonces: [UInt32] = []
    private var openPorts: Set<UInt8> = []
    private let queueLimit: Int
    private let opensPorts: Bool

    init(_ input: [UInt8]) {
        tape = InputTape(input)
        var configuration = ClientConfiguration()
        let switches = tape.number16()
        configuration.peerLimit = Self.peerLimit
        configuration.localDiscovery.isOn = switches & 1 != 0
        if switches & 2 != 0 { configuration.transit = .off }
        configuration.usesKeyedBubbles = switches & 4 == 0
        configuration.determinesRefreshInterval = switches & 8 != 0
        configuration.honoursConeBit = switches & 16 != 0
        configuration.extensions.hairpinning = switches & 32 != 0 ? .everyone : .sameMappedAddress
        if switches & 64 != 0 {
            configuration.secret = SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("key".utf8))
        }
        configuration.countsPeerOctets = switches & 128 != 0
        opensPorts = switches & 256 == 0
        queueLimit = configuration.queueLimits.totalOctets
        rules.isOnSite = true
        client = TeredoClient(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: 1),
            now: now
        )
        client.watchPaths(switches & 512 == 0)
    }

    private var own: IPv6Address { client.address?.ipv6 ?? .unspecified }
    private var server: UDPEndpoint { UDPEndpoint(Self.servers.primary, TeredoConstants.udpPort) }

    /// Lives through the whole input.
    mutating func run() throws(Violation) {
        client.start(localEndpoint: Self.local, subnets: [Self.link], now: now)
        try drain()
        for _ in 0..<Self.stepLimit where !tape.isAtEnd {
            try step()
            try check()
        }
        // Without a network everything is given back.
        client.handleNetworkChange(localEndpoint: nil, subnets: [], now: now)
        try drain()
        try check()
        try Violation.unless(client.peerCount == 0 && client.queuedOctets == 0, "peers are left without a network")
        try Violation.unless(openPorts.isEmpty, "random ports are left open: \(openPorts)")
    }

    private mutating func step() throws(Violation) {
        switch tape.choice(18) {
        case 0, 1: try transmit(to: tape.peer().ipv6)
        case 2: try transmit(to: tape.native())
        case 3, 4:
            let peer = tape.peer()
            let bubble = tape.bubble(from: peer.ipv6, to: own, tape.trailers(peer, nonces: nonces))
            try receive(bubble, from: tape.source(of: peer))
        case 5, 6:
            let peer = tape.peer()
            let trailers = tape.trailers(peer, nonces: nonces)
            let source = tape.choice(4) == 0 ? TeredoLinkLocal.server(peer.server) : peer.ipv6
            try receive(tape.bubble(from: source, to: own, origin: tape.source(of: peer), trailers), from: server)
        case 7:
            let peer = tape.peer()
            try receive(tape.packet(from: peer.ipv6, to: own), from: tape.source(of: peer))
        case 8: try answerSolicitations()
        case 9: try answerOwnBubbles()
        case 10: try receive(tape.octets(Int(tape.octet())), from: tape.flag() ? server : tape.source(of: tape.peer()))
        case 11:
            let peer = tape.peer()
            let bubble = tape.bubble(from: peer.ipv6, to: own, origin: Self.mapped, tape.trailers(peer, nonces: nonces))
            try receive(tape.mutated(bubble), from: tape.flag() ? server : peer.mappedEndpoint)
        case 12: try live(.milliseconds(Int(tape.octet()) * 8))
        case 13: try live(.seconds(Int(tape.octet())))
        case 14: try answerTests()
        case 15: try report()
        case 16:
            let peer = tape.peer()
            let bubble = tape.bubble(from: peer.ipv6, to: .allNodes, tape.trailers(peer, nonces: nonces))
            let source = UDPEndpoint(IPv4Address(192, 168, 1, tape.octet()), tape.number16())
            _ = client.handleDiscoveryDatagram(bubble.span, from: source, onLink: [Self.link], now: now)
            try drain()
        default: try change()
        }
    }

    private mutating func transmit(to destination: IPv6Address) throws(Violation) {
        let packet = tape.packet(from: own, to: destination)
        if case .forward(let endpoint, _) = client.handlePacket(packet.span, now: now) {
            try rules.checkDestination(endpoint)
        }
        try drain()
    }

    private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) throws(Violation) {
        let port: LocalPort = tape.choice(4) == 0 ? .randomPort(tape.octet()) : .service
        let waiting = client.queuedPackets
        let before = sentCount
        let verdict = client.handleDatagram(bytes.span, from: source, on: port, now: now)
        if case .deliver(let range) = verdict {
            try Violation.unless(range.upperBound <= bytes.count, "more is delivered than came")
            try Violation.unless(client.address != nil, "a packet is delivered without an address")
        }
        try drain()
        let reactions = sentCount - before
        try Violation.unless(
            reactions <= waiting + 12,
            "one datagram led to \(reactions) others, with \(waiting) waiting"
        )
    }

    private mutating func answerSolicitations() throws(Violation) {
        let mapped = tape.choice(4) == 0 ? tape.source(of: tape.peer()) : Self.mapped
        let confirmation: UInt8 = tape.choice(8) == 0 ? tape.octet() : 0
        let isMutated = tape.choice(8) == 0
        for question in sent where question.isSolicitation {
            guard let datagram = try? TeredoDatagram(validating: question.bytes) else { continue }
            let nonce = datagram.authentication?.nonce(in: question.bytes.span) ?? 0
            let answer = encoded { output in
                AuthenticationEncapsulation(nonce: nonce, confirmation: confirmation).encode(into: &output)
                OriginIndication(mapped).encode(into: &output)
                RouterAdvertisement(
                    source: TeredoLinkLocal.server(Self.servers.primary),
                    destination: datagram.header.source,
                    server: Self.servers.primary
                ).encode(into: &output)
            }
            let bytes = isMutated ? tape.mutated(answer) : answer
            _ = client.handleDatagram(bytes.span, from: question.to, on: question.port, now: now)
        }
        sent.removeAll(where: \.isSolicitation)
        try drain()
    }

    /// Bubbles that the client sends to itself, which servers send back.
    private mutating func answerOwnBubbles() throws(Violation) {
        for question in sent {
            guard let datagram = try? TeredoDatagram(validating: question.bytes),
                datagram.header.source == datagram.header.destination
            else { continue }
            let answer = encoded { output in
                OriginIndication(Self.mapped).encode(into: &output)
                output.append(octets: question.bytes)
            }
            _ = client.handleDatagram(answer.span, from: question.to, on: question.port, now: now)
        }
        try drain()
    }

    /// Replies to connectivity tests, and bubbles of the relays that they lead to.
    private mutating func answerTests() throws(Violation) {
        let peer = tape.peer()
        for question in sent {
            guard let echo = try? EchoMessage(validating: question.bytes) else { continue }
            let message = EchoMessage(
                kind: .reply,
                source: echo.destination,
                destination: echo.source,
                identifier: echo.identifier,
                sequenceNumber: echo.sequenceNumber,
                data: echo.data
            )
            let reply = encoded { message.encode(into: &$0) }
            _ = client.handleDatagram(reply.span, from: peer.mappedEndpoint, on: .service, now: now)
        }
        try drain()
    }

    private mutating func report() throws(Violation) {
        guard let last = sent.last else { return }
        let quote = Array(last.bytes.prefix(Int(tape.octet())))
        let error = ICMPv4Error(
            type: UInt8(tape.choice(13)),
            code: UInt8(tape.choice(16)),
            mtu: Int(tape.number16()),
            by: tape.peer().mappedEndpoint.address,
            about: tape.choice(4) == 0 ? tape.source(of: tape.peer()) : last.to
        )
        client.handleICMPError(error, quoting: quote.span, now: now)
        try drain()
    }

    private mutating func change() throws(Violation) {
        switch tape.choice(6) {
        case 0: client.handleNetworkChange(localEndpoint: Self.local, subnets: [Self.link], now: now)
        case 1: client.setPortMapping(tape.flag() ? tape.source(of: tape.peer()) : nil, now: now)
        case 2: client.setNearHops([IPv4Address(192, 168, 1, 1), nil, tape.peer().mappedEndpoint.address])
        case 3: client.setServers(tape.flag() ? [Self.servers] : [], now: now)
        case 4:
            client.recordActivity(
                of: tape.peer().ipv6,
                lastReception: now - .seconds(Int(tape.octet())),
                lastTransmission: now
            )
        default: _ = client.directPath(to: tape.peer().ipv6, now: now)
        }
        try drain()
    }

    // MARK: Time and outputs

    private mutating func live(_ duration: Duration) throws(Violation) {
        let end = now + duration
        while let next = client.nextTimeout, next <= end {
            now = max(now, next)
            try rules.noteTimeout(at: now)
            client.handleTimeout(now: now)
            try drain()
        }
        now = end
    }

    private mutating func drain() throws(Violation) {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 2048) { transmit = client.pollTransmit(into: &$0) }
            guard let transmit else { break }
            try rules.checkDestination(transmit.destination)
            if case .randomPort(let slot) = transmit.port, !openPorts.contains(slot) {
                throw Violation("a datagram leaves from the closed random port \(slot)")
            }
            note(Sent(to: transmit.destination, port: transmit.port, bytes: bytes))
        }
        while true {
            var count: Int?
            _ = [UInt8](capacity: 2048) { count = client.pollDelivery(into: &$0) }
            guard count != nil else { break }
        }
        while let event = client.pollEvent() { try handle(event) }
        while client.isWatchingPaths, client.pollPathChange(now: now) != nil {}
    }

    private mutating func note(_ datagram: Sent) {
        sentCount += 1
        sent = sent.suffix(Self.memory - 1) + [datagram]
        guard let layout = try? TeredoDatagram(validating: datagram.bytes),
            let list = try? TrailerList(parsing: Array(datagram.bytes[layout.trailers])), let nonce = list.nonce
        else { return }
        nonces = nonces.suffix(Self.memory - 1) + [nonce]
    }

    private mutating func handle(_ event: ClientEvent) throws(Violation) {
        switch event {
        case .serverAddressNeeded: client.setServer(Self.servers, now: now)
        case .secondaryPortNeeded: client.secondaryPortOpened(now: now)
        case .randomPortNeeded(let slot):
            try Violation.unless(openPorts.insert(slot).inserted, "the random port \(slot) is opened twice")
            if opensPorts {
                client.randomPortOpened(slot, port: 20_000 + UInt16(slot), now: now)
            } else {
                openPorts.remove(slot)
                client.randomPortFailed(slot, now: now)
            }
        case .randomPortDone(let slot):
            try Violation.unless(openPorts.remove(slot) != nil, "the random port \(slot) is closed twice")
        case .addressAssigned(let address, _):
            try Violation.unless(address.ipv6.isTeredo, "\(address) is assigned")
        default: return
        }
        try drain()
    }

    private func check() throws(Violation) {
        try Violation.unless(client.peerCount <= Self.peerLimit, "\(client.peerCount) peers")
        try Violation.unless(client.queuedOctets <= queueLimit, "\(client.queuedOctets) octets wait")
        try Violation.unless(openPorts.count <= 64, "\(openPorts.count) random ports")
        if let next = client.nextTimeout, next < now - .seconds(1) { throw Violation("a deadline is past and not met") }
    }

    /// How many steps one input may have, and how many datagrams are remembered.
    private static let stepLimit = 400
    private static let memory = 24
}

extension FuzzedClient.Sent {
    fileprivate var isSolicitation: Bool {
        guard let datagram = try? TeredoDatagram(validating: bytes), datagram.header.nextHeader == 58,
            datagram.packet.count > 40
        else {
            return false
        }
        return bytes[datagram.packet.lowerBound + 40] == ICMPv6.routerSolicitation
    }
}
