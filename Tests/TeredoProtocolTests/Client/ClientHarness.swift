import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A client with a virtual clock whose outputs are kept after every input.
struct ClientHarness {
    struct Sent {
        let to: UDPEndpoint
        let port: LocalPort
        let bytes: [UInt8]
        let at: ProtocolInstant
        var timeToLive: UInt8?

        var datagram: TeredoDatagram? { try? TeredoDatagram(validating: bytes.span) }
        var isBubble: Bool { datagram?.header.isBubble ?? false }
        var isSolicitation: Bool {
            guard let datagram, datagram.header.nextHeader == 58 else { return false }
            return bytes[datagram.packet.lowerBound + 40] == ICMPv6.routerSolicitation
        }
        var nonce: UInt64? { datagram?.authentication?.nonce(in: bytes.span) }
        var echo: EchoMessage? { try? EchoMessage(validating: bytes.span) }
    }

    static let primary = IPv4Address(192, 0, 2, 1)
    static let secondary = IPv4Address(192, 0, 2, 2)
    static let mapped = UDPEndpoint(IPv4Address(198, 51, 100, 7), 4096)
    static let local = UDPEndpoint(IPv4Address(192, 168, 1, 5), 4096)
    static let native = IPv6Address(high: 0x2400_0001_0000_0000, low: 9)
    static let relay = UDPEndpoint(IPv4Address(203, 0, 113, 9), 3545)

    var client: TeredoClient
    var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    var sent: [Sent] = []
    /// How many of them ``takeQuestions()`` has given out.
    private var takenCount = 0
    var delivered: [[UInt8]] = []
    var events: [ClientEvent] = []
    var answersServerRequests = true
    var opensRandomPorts = true
    var opensSecondaryPort = false
    /// Every change of path that is told, compared with the peers whenever outputs are drained.
    var paths = PathOracle()

    init(seed: UInt64 = 1, _ change: (inout ClientConfiguration) -> Void = { _ in }) {
        var configuration = ClientConfiguration()
        configuration.localDiscovery.isOn = false
        configuration.transit = .off
        change(&configuration)
        client = TeredoClient(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: seed),
            now: now
        )
        client.watchPaths(true)
    }

    /// A qualified client; the outputs of qualification are forgotten.
    static func qualified(seed: UInt64 = 1, _ change: (inout ClientConfiguration) -> Void = { _ in }) -> Self {
        var harness = Self(seed: seed, change)
        harness.start()
        harness.answer(from: primary)
        if harness.solicitations.last?.to.address == secondary { harness.answer(from: secondary) }
        harness.forget()
        return harness
    }

    var server: UDPEndpoint { UDPEndpoint(Self.primary, 3544) }
    var own: IPv6Address { client.address?.ipv6 ?? .unspecified }
    var solicitations: [Sent] { sent.filter(\.isSolicitation) }
    var bubbles: [Sent] { sent.filter(\.isBubble) }
    var echoes: [Sent] { sent.filter { $0.echo != nil } }

    mutating func forget() {
        sent = []
        takenCount = 0
        delivered = []
        events = []
    }

    /// What was sent to servers and is answered by every server that is there: solicitations, and bubbles of the client to itself;
    /// each once.
    mutating func takeQuestions() -> [Sent] {
        defer { takenCount = sent.count }
        return sent.dropFirst(takenCount).filter { sent in
            sent.isSolicitation || sent.isBubble && sent.datagram?.header.source == sent.datagram?.header.destination
        }
    }

    mutating func start() {
        client.start(
            localEndpoint: Self.local,
            subnets: [IPv4Prefix(IPv4Address(192, 168, 1, 0), length: 24)],
            now: now
        )
        drain()
    }

    mutating func drain() {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 66_000) { transmit = client.pollTransmit(into: &$0) }
            guard let transmit else { break }
            sent.append(
                Sent(
                    to: transmit.destination,
                    port: transmit.port,
                    bytes: bytes,
                    at: now,
                    timeToLive: transmit.timeToLive
                )
            )
        }
        while true {
            var count: Int?
            let bytes = [UInt8](capacity: 66_000) { count = client.pollDelivery(into: &$0) }
            guard count != nil else { break }
            delivered.append(bytes)
        }
        while let event = client.pollEvent() {
            events.append(event)
            if event == .serverAddressNeeded, answersServerRequests {
                client.setServer(ServerAddresses(primary: Self.primary, secondary: Self.secondary), now: now)
                drain()
            }
            if event == .secondaryPortNeeded, opensSecondaryPort {
                client.secondaryPortOpened(now: now)
                drain()
            }
            if case .randomPortNeeded(let slot) = event, opensRandomPorts {
                client.randomPortOpened(slot, port: Self.randomPort(of: slot), now: now)
                drain()
            }
        }
        if client.peerCount > Self.oracleLimit { client.watchPaths(false) }
        guard client.isWatchingPaths else { return }
        repeat {
            while let change = client.pollPathChange(now: now) { paths.take(change) }
        } while client.nextPathChange.map { $0 <= now } ?? false
        paths.compare(client.peerSummaries(limit: Self.oracleLimit, now: now))
    }

    /// Above, nobody watches any more.
    private static let oracleLimit = 64

    /// The local port of a slot.
    static func randomPort(of slot: UInt8) -> UInt16 { 20_000 + UInt16(slot) }

    /// The subnet of the interface that the client is on.
    static let link = IPv4Prefix(IPv4Address(192, 168, 1, 0), length: 24)

    /// Takes in a datagram on the discovery group.
    @discardableResult
    mutating func discover(
        _ bytes: [UInt8],
        from source: UDPEndpoint,
        onLink subnets: [IPv4Prefix] = [link]
    ) -> ReceptionVerdict {
        let verdict = client.handleDiscoveryDatagram(bytes.span, from: source, onLink: subnets, now: now)
        drain()
        return verdict
    }

    @discardableResult
    mutating func receive(
        _ bytes: [UInt8],
        from source: UDPEndpoint,
        on port: LocalPort = .service
    ) -> ReceptionVerdict {
        let verdict = client.handleDatagram(bytes.span, from: source, on: port, now: now)
        if case .deliver(let range) = verdict { delivered.append(Array(bytes[range])) }
        drain()
        return verdict
    }

    @discardableResult
    mutating func transmit(_ packet: [UInt8]) -> TransmissionVerdict {
        let verdict = client.handlePacket(packet.span, now: now)
        if case .forward(let endpoint, let port) = verdict {
            sent.append(Sent(to: endpoint, port: port, bytes: packet, at: now))
        }
        drain()
        return verdict
    }

    /// Lets time pass and handles every timeout on the way.
    mutating func advance(_ duration: Duration) {
        let end = now + duration
        var watch = TimeoutWatch()
        while let next = client.nextTimeout, next <= end {
            now = max(now, next)
            guard !watch.isStuck(at: now) else {
                _ = Issue.record("the client never sleeps again")
                return
            }
            client.handleTimeout(now: now)
            drain()
        }
        now = end
    }

    /// Answers the last solicitation like a server would.
    @discardableResult
    mutating func answer(
        from address: IPv4Address? = nil,
        mapped: UDPEndpoint = ClientHarness.mapped,
        _ change: (inout Advertisement) -> Void = { _ in }
    ) -> ReceptionVerdict {
        guard let solicitation = solicitations.last else { return .drop(.malformed) }
        var advertisement = Advertisement(answering: solicitation, mapped: mapped)
        change(&advertisement)
        let source = UDPEndpoint(address ?? solicitation.to.address, advertisement.port)
        return receive(advertisement.bytes, from: source, on: solicitation.port)
    }

    /// A router advertisement that a test can bend.
    struct Advertisement {
        var authentication: AuthenticationEncapsulation?
        var origin: OriginIndication?
        var advertisement: RouterAdvertisement
        var port: UInt16 = 3544
        var secret: SharedSecret?
        var mangle: (inout [UInt8]) -> Void = { _ in }

        init(answering solicitation: Sent, mapped: UDPEndpoint) {
            authentication = AuthenticationEncapsulation(nonce: solicitation.nonce ?? 0)
            origin = OriginIndication(mapped)
            advertisement = RouterAdvertisement(
                source: TeredoLinkLocal.server(ClientHarness.primary),
                destination: solicitation.datagram?.header.source ?? .unspecified,
                server: ClientHarness.primary
            )
        }

        var bytes: [UInt8] {
            let packet = [UInt8](capacity: 200) { advertisement.encode(into: &$0) }
            var authentication = authentication
            if let secret, let known = authentication {
                authentication?.clientIdentifier = secret.clientIdentifier
                authentication?.authenticationValue = SecureQualification.authenticationValue(
                    nonce: known.nonce,
                    confirmation: known.confirmation,
                    origin: origin,
                    packet: packet.span,
                    key: secret.key,
                    authenticator: HMACSHA1Authenticator()
                )
            }
            var bytes = [UInt8](capacity: 800) { output in
                authentication?.encode(into: &output)
                origin?.encode(into: &output)
                output.append(copying: packet.span)
            }
            mangle(&bytes)
            return bytes
        }
    }
}

/// Packets for tests.
enum Packets {
    static func udp(
        from source: IPv6Address,
        to destination: IPv6Address,
        marker: UInt8 = 0,
        length: Int = 20
    ) -> [UInt8] {
        [UInt8](capacity: 40 + length) { output in
            IPv6Header(payloadLength: length, nextHeader: 17, hopLimit: 64, source: source, destination: destination)
                .encode(into: &output)
            for _ in 0..<length { output.append(marker) }
        }
    }

    static func bubble(from source: IPv6Address, to destination: IPv6Address, origin: UDPEndpoint? = nil) -> [UInt8] {
        [UInt8](capacity: 48) { output in
            if let origin { OriginIndication(origin).encode(into: &output) }
            TeredoBubble(source: source, destination: destination, hopLimit: 0).encode(into: &output)
        }
    }

    static func echo(_ message: EchoMessage) -> [UInt8] {
        [UInt8](capacity: message.length) { message.encode(into: &$0) }
    }

    static func peer(
        _ address: IPv4Address = IPv4Address(203, 0, 113, 20),
        port: UInt16 = 5000,
        server: IPv4Address = IPv4Address(192, 0, 2, 33),
        flags: UInt16 = 0x1234
    ) -> TeredoAddress {
        TeredoAddress(
            server: server,
            flags: TeredoFlags(rawValue: flags),
            mappedEndpoint: UDPEndpoint(address, port)
        )
    }
}
