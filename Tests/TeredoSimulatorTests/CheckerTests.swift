import TeredoProtocol
import TeredoSimulator
import TeredoTestSupport
import TeredoWire
import Testing

/// Each checker of the swarm is silent on what is right and speaks up on what is not.
@Suite struct CheckerTests {
    private static let client = TeredoAddress(
        server: IPv4Address(192, 0, 2, 1),
        flags: TeredoFlags(rawValue: 0x1034),
        mappedEndpoint: endpoint("198.51.100.1:40000")
    )
    private static let peer = TeredoAddress(
        server: IPv4Address(192, 0, 2, 1),
        flags: TeredoFlags(rawValue: 0x2045),
        mappedEndpoint: endpoint("203.0.113.9:41000")
    )
    private static let native = ipv6("2400:1::9")

    private static func time(_ seconds: Int64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: seconds * 1_000_000_000)
    }

    private static func sent(
        _ payload: [UInt8] = [],
        by sender: String = "client A",
        from source: String = "192.168.1.2:40000",
        to destination: String,
        at seconds: Int64 = 1
    ) -> Observation {
        .sent(
            SentDatagram(
                time: time(seconds),
                sender: sender,
                source: endpoint(source),
                destination: endpoint(destination),
                payload: payload
            )
        )
    }

    private static func received(
        _ payload: [UInt8] = [],
        by receiver: String,
        sender: String = "client B",
        from source: String,
        at seconds: Int64 = 1,
        isHostile: Bool = false
    ) -> Observation {
        .received(
            ReceivedDatagram(
                time: time(seconds),
                receiver: receiver,
                sender: sender,
                source: endpoint(source),
                payload: payload,
                isHostile: isHostile
            )
        )
    }

    private static func handedOver(_ packet: [UInt8], from source: String?, isHostile: Bool = true) -> Observation {
        .handedOver(
            HandedOverPacket(
                time: time(2),
                receiver: "client A",
                packet: packet,
                source: source.map(endpoint),
                isHostile: isHostile
            )
        )
    }

    /// A packet with one octet of payload, or as many as are given, behind the headers that `next` begins.
    private static func packet(
        from source: IPv6Address,
        to destination: IPv6Address,
        next: UInt8 = 17,
        _ payload: [UInt8] = [1]
    ) -> [UInt8] {
        encoded { output in
            IPv6Header(
                payloadLength: payload.count,
                nextHeader: next,
                hopLimit: 64,
                source: source,
                destination: destination
            ).encode(into: &output)
            output.append(octets: payload)
        }
    }

    private static func bubble(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        encoded { TeredoBubble(source: source, destination: destination).encode(into: &$0) }
    }

    private static func violations(of checker: some Checker, _ observations: [Observation]) -> Int {
        var checker = checker
        for observation in observations { checker.note(observation) }
        return checker.violations.count
    }

    @Test(
        "SEC-34: a datagram to each forbidden range is a violation",
        arguments: [
            "0.0.0.1:1", "10.1.2.3:4", "100.64.0.1:5", "127.0.0.1:3544", "169.254.1.1:6", "172.16.0.1:7", "192.0.0.1:1",
            "192.88.99.1:2", "192.168.7.7:8", "198.18.0.1:9", "224.0.0.1:3544", "240.0.0.1:1", "255.255.255.255:3",
            "198.51.100.7:0", "224.0.0.253:3544",
        ]
    )
    func forbidden(destination: String) {
        let checker = DestinationChecker(clientsLookOnSite: false)
        #expect(Self.violations(of: checker, [Self.sent(to: destination)]) == 1)
    }

    @Test(
        "SEC-34, SEC-50: what may be sent to is none, neighbours of a client that looks for them too; own addresses are"
    )
    func permitted() {
        let strict = DestinationChecker(clientsLookOnSite: false)
        #expect(Self.violations(of: strict, [Self.sent(to: "198.51.100.7:4000")]) == 0)
        #expect(Self.violations(of: strict, [Self.sent(from: "198.51.100.7:1", to: "198.51.100.7:2")]) == 1)
        let looking = DestinationChecker(clientsLookOnSite: true)
        let onSite = ["192.168.1.3:1", "224.0.0.253:3544", "10.0.0.3:7"].map { Self.sent(to: $0) }
        #expect(Self.violations(of: looking, onSite) == 0)
        #expect(Self.violations(of: looking, [Self.sent(to: "192.168.1.255:9")]) == 1)
        #expect(Self.violations(of: looking, [Self.sent(by: "relay", from: "192.0.2.10:3545", to: "10.0.0.3:7")]) == 1)
    }

    @Test("SEC-10, SEC-60: a packet from elsewhere than its source is, is a violation; from where it is, none")
    func forgery() {
        let checker = ForgeryChecker(fleet: [])
        let data = Self.packet(from: Self.peer.ipv6, to: Self.client.ipv6)
        #expect(Self.violations(of: checker, [Self.handedOver(data, from: "198.51.100.66:4001")]) == 1)
        #expect(Self.violations(of: checker, [Self.handedOver(data, from: "203.0.113.9:41000")]) == 0)
        let heard = Self.received(data, by: "client A", from: "203.0.113.9:5555")
        #expect(Self.violations(of: checker, [heard, Self.handedOver(data, from: "203.0.113.9:5555")]) == 0)
        #expect(Self.violations(of: checker, [Self.handedOver(data, from: "203.0.113.9:5555")]) == 1)
        let kept = Self.received(data, by: "client A", from: "198.51.100.66:4001", isHostile: true)
        #expect(
            Self.violations(of: checker, [kept, Self.handedOver(data, from: nil, isHostile: false)]) == 1,
            "kept a while"
        )
    }

    @Test("SEC-07: a native host behind one relay is none behind another, unless they name each other")
    func relayForgery() {
        let data = Self.packet(from: Self.native, to: Self.client.ipv6)
        let heard = Self.received(data, by: "client A", sender: "relay", from: "192.0.2.10:3545")
        let forged = Self.handedOver(data, from: "192.0.2.11:3545")
        #expect(Self.violations(of: ForgeryChecker(fleet: []), [heard, forged]) == 1)
        let fleet = [endpoint("192.0.2.10:3545"), endpoint("192.0.2.11:3545")]
        #expect(Self.violations(of: ForgeryChecker(fleet: fleet), [heard, forged]) == 0)
        #expect(Self.violations(of: ForgeryChecker(fleet: fleet), [forged]) == 1)
    }

    @Test("SEC-05, SEC-20: neighbour discovery and source routes are violations, behind other headers too")
    func forbiddenPackets() {
        let make = { (next: UInt8, payload: [UInt8]) in
            Self.handedOver(Self.packet(from: Self.peer.ipv6, to: Self.client.ipv6, next: next, payload), from: nil)
        }
        let checker = ForbiddenPacketChecker()
        let padding: [UInt8] = [58, 0, 1, 4, 0, 0, 0, 0]
        for type in 133...137 as ClosedRange<UInt8> {
            #expect(Self.violations(of: checker, [make(58, [type, 0, 0, 0])]) == 1)
            #expect(Self.violations(of: checker, [make(0, padding + [type, 0, 0, 0])]) == 1)
        }
        #expect(Self.violations(of: checker, [make(43, [17, 0, 0, 1, 0, 0, 0, 0, 1])]) == 1)
        #expect(
            Self.violations(of: checker, [make(58, [128, 0, 0, 0]), make(17, [134]), make(0, padding + [1])]) == 0
        )
    }

    @Test(
        "SEC-01, SEC-21, SEC-39: an address that no server saw, forbidden bits, and one kept in silence are violations"
    )
    func addresses() {
        var checker = AddressChecker()
        checker.note(Self.received(by: "server", sender: "client A", from: "198.51.100.1:40000"))
        checker.note(Self.received(by: "client A", sender: "server", from: "192.0.2.1:3544", at: 2))
        let inspect = { (address: TeredoAddress?, seconds: Int64, usesConeBit: Bool) in
            var checker = checker
            checker.inspect("client A", address, usesConeBit: usesConeBit, now: Self.time(seconds))
            return checker.violations.count
        }
        #expect(inspect(Self.client, 100, false) == 0)
        #expect(inspect(nil, 1000, false) == 0)
        #expect(inspect(Self.client, 300, false) == 1, "kept in silence")
        #expect(inspect(Self.peer, 100, false) == 1, "no server saw it there")
        let changed = { (flags: UInt16) in
            TeredoAddress(
                server: Self.client.server,
                flags: TeredoFlags(rawValue: flags),
                mappedEndpoint: Self.client.mappedEndpoint
            )
        }
        for bit in [0x4000, 0x0200, 0x0100] as [UInt16] { #expect(inspect(changed(bit), 100, true) == 1) }
        #expect(inspect(changed(0x8000), 100, false) == 1)
        #expect(inspect(changed(0x8000), 100, true) == 0)
    }

    @Test("SEC-39: a third solicitation within 4 s to a server that is silent is a violation, after an answer none")
    func solicitations() {
        let solicitation = encoded {
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: false)).encode(into: &$0)
        }
        let ask = { (seconds: Int64) in Self.sent(solicitation, to: "192.0.2.1:3544", at: seconds) }
        let checker = PaceChecker(hasOtherServers: false, hasTransit: false)
        #expect(Self.violations(of: checker, [ask(1), ask(2), ask(3)]) == 1)
        #expect(Self.violations(of: checker, [ask(1), ask(5), ask(9)]) == 0)
        let answer = Self.received(by: "client A", sender: "server", from: "192.0.2.1:3544", at: 2)
        #expect(Self.violations(of: checker, [ask(1), ask(2), answer, ask(3)]) == 0)
    }

    @Test("SEC-45: a fifth bubble in 300 s to a peer that is silent is a violation; a relay keeps 2 s between two")
    func bubbles() {
        let bubble = Self.bubble(from: Self.client.ipv6, to: Self.peer.ipv6)
        let ask = { (seconds: Int64) in Self.sent(bubble, to: "192.0.2.1:3544", at: seconds) }
        let checker = PaceChecker(hasOtherServers: false, hasTransit: false)
        #expect(Self.violations(of: checker, [2, 4, 6, 8].map(ask)) == 0)
        #expect(Self.violations(of: checker, [2, 4, 6, 8, 200].map(ask)) == 1)
        #expect(Self.violations(of: checker, [2, 4, 6, 8, 400].map(ask)) == 0)
        let answer = Self.received(
            Self.bubble(from: Self.peer.ipv6, to: Self.client.ipv6),
            by: "client A",
            from: "203.0.113.9:41000",
            at: 9
        )
        #expect(Self.violations(of: checker, [2, 4, 6, 8].map(ask) + [answer] + [10, 12].map(ask)) == 0)
        let relay = { (seconds: Int64) in
            Self.sent(
                Self.bubble(from: Self.native, to: Self.peer.ipv6),
                by: "relay",
                from: "192.0.2.10:3545",
                to: "192.0.2.1:3544",
                at: seconds
            )
        }
        #expect(Self.violations(of: checker, [2, 4, 6, 8, 10, 12].map(relay)) == 0)
        #expect(Self.violations(of: checker, [2, 3].map(relay)) == 1)
    }

    @Test("A secret on the wire is a violation, wherever it stands in a packet")
    func secrets() {
        let checker = SecrecyChecker(secrets: [[7, 8, 9, 10]])
        #expect(Self.violations(of: checker, [Self.sent([1, 2, 7, 8, 9, 11, 10], to: "192.0.2.1:3544")]) == 0)
        #expect(Self.violations(of: checker, [Self.sent([1, 2, 7, 7, 8, 9, 10], to: "192.0.2.1:3544")]) == 1)
        #expect(Self.violations(of: checker, [.enteredIPv6([7, 8, 9, 10], by: "relay", time: Self.time(1))]) == 1)
    }

    @Test("SEC-41, SEC-42, SEC-53, SEC-60: what servers and relays must not send into the IPv6 network is a violation")
    func nativeSide() {
        let checker = NativeSideChecker(nodes: [Self.native])
        let enter = { (packet: [UInt8], node: String) in Observation.enteredIPv6(packet, by: node, time: Self.time(1)) }
        let echo = Self.packet(from: Self.client.ipv6, to: Self.native, next: 58, [128, 0, 0, 0])
        let large = Self.packet(from: Self.client.ipv6, to: Self.native, next: 58, [UInt8](repeating: 0, count: 89))
        let udp = Self.packet(from: Self.client.ipv6, to: Self.native)
        let foreign = Self.packet(from: ipv6("2400:2::1"), to: Self.native, next: 58, [128, 0, 0, 0])
        let back = Self.packet(from: Self.client.ipv6, to: Self.peer.ipv6)
        #expect(
            Self.violations(of: checker, [enter(echo, "server"), enter(udp, "relay"), enter(foreign, "IPv6 host")]) == 0
        )
        for packet in [large, udp, foreign] { #expect(Self.violations(of: checker, [enter(packet, "server")]) == 1) }
        for packet in [foreign, back, [0]] { #expect(Self.violations(of: checker, [enter(packet, "relay")]) == 1) }
    }

    @Test("SEC-44: a bystander who is sent more than was sent on his behalf is a violation")
    func bystander() {
        let checker = BystanderChecker(bystander: IPv4Address(198, 51, 100, 99))
        let datagrams = (0..<21).map { _ in Self.sent(to: "198.51.100.99:7") }
        let cause = Observation.sent(
            SentDatagram(
                time: Self.time(1),
                sender: "attacker 1",
                source: endpoint("198.51.100.66:4001"),
                destination: endpoint("192.0.2.1:3544"),
                payload: [],
                isHostile: true
            )
        )
        #expect(Self.violations(of: checker, datagrams) == 1)
        #expect(Self.violations(of: checker, [cause] + datagrams.dropLast()) == 0)
        #expect(Self.violations(of: checker, [cause] + datagrams) == 1)
    }

    @Test("Who still sends to malicious nodes when they are long silent is found")
    func oblivion() {
        let checker = OblivionChecker(places: [IPv4Address(198, 51, 100, 66)], since: Self.time(100))
        #expect(Self.violations(of: checker, [Self.sent(to: "198.51.100.66:4001", at: 99)]) == 0)
        #expect(Self.violations(of: checker, [Self.sent(to: "198.51.100.67:4001", at: 101)]) == 0)
        #expect(Self.violations(of: checker, [Self.sent(to: "198.51.100.66:4001", at: 101)]) == 1)
    }

    @Test("Bounds: more peers or octets in queues than the limits is a violation")
    func bounds() throws {
        let internet = try internet { $0.adjustClient = { $0.peerLimit = 64 } }
        #expect(internet.qualify())
        #expect(BoundsChecker.violations(in: internet).isEmpty)
        #expect(BoundsChecker.violations("x", peers: 65, of: 64, queued: 0, of: 10).count == 1)
        #expect(BoundsChecker.violations("x", peers: 64, of: 64, queued: 11, of: 10).count == 1)
        #expect(BoundsChecker.violations("x", peers: 64, of: 64, queued: 10, of: 10).isEmpty)
    }

    @Test("Delivery: a packet that nobody sent is a violation")
    func delivery() throws {
        let internet = try internet()
        #expect(internet.qualify())
        var checker = DeliveryChecker()
        let payload = checker.payload(from: .clientA, to: .native, number: 1)
        internet.send(payload, from: .clientA, to: .native)
        internet.run(for: .seconds(10))
        #expect(checker.violations(at: .native, in: internet).isEmpty)
        internet.send([1, 2, 3], from: .clientA, to: .native)
        internet.run(for: .seconds(10))
        #expect(!checker.violations(at: .native, in: internet).isEmpty)
        #expect(checker.violations(at: .native, in: internet, hostile: [[1, 2, 3]]).isEmpty)
    }

    @Test("Liveness: who has no address, or reaches nobody, within the time is a violation")
    func liveness() throws {
        let internet = try internet()
        internet.start()
        internet.setServer(isUp: false)
        let limit = Duration.seconds(30)
        #expect(QualificationChecker.violations(in: internet, clients: [.clientA, .clientB], limit: limit).count == 2)
        let pairs = [ReachabilityChecker.Pair(.clientA, .native)]
        let reach = {
            ReachabilityChecker.violations(in: internet, pairs: pairs, patience: limit, timeout: .seconds(12))
        }
        #expect(reach().count == 1)
        internet.setServer(isUp: true)
        #expect(QualificationChecker.violations(in: internet, clients: [.clientA, .clientB], limit: limit * 5).isEmpty)
        #expect(reach().isEmpty)
    }
}
