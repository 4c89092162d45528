import TeredoProtocol
import TeredoWire
import Testing

/// RFC 6081 section 5.5.
@Suite struct SequentialSymmetricNATTests {
    static let mapping = ClientHarness.Mapping.sequential
    static let peer = Packets.peer()
    static let slot = LocalPort.randomPort(0)

    /// A client that has just begun an echo test.
    static func testing(_ change: (inout ClientConfiguration) -> Void = { _ in }) -> ClientHarness {
        var harness = ClientHarness.behind(mapping, change)
        harness.transmit(to: peer)
        return harness
    }

    static func advertisement(
        _ solicitation: ClientHarness.Sent,
        _ port: UInt16,
        _ change: (inout ClientHarness.Advertisement) -> Void = { _ in }
    ) -> [UInt8] {
        let mapped = UDPEndpoint(ClientHarness.mapped.address, port)
        var advertisement = ClientHarness.Advertisement(answering: solicitation, mapped: mapped)
        change(&advertisement)
        return advertisement.bytes
    }

    @Test("SS-1, RFC 6081 5.5.4.1: the echo test is solicitation, direct bubble, solicitation, from one fresh port")
    func echoTest() {
        let harness = Self.testing()
        let fromRandomPort = harness.sent.filter { $0.port == Self.slot }
        #expect(fromRandomPort.map(\.isSolicitation) == [true, false, true])
        #expect(fromRandomPort.map(\.isBubble) == [false, true, false])
        #expect(
            fromRandomPort.map(\.to) == [
                UDPEndpoint(ClientHarness.primary, 3544), Self.peer.mappedEndpoint,
                UDPEndpoint(ClientHarness.secondary, 3544),
            ]
        )
        #expect(Set(harness.solicitations.compactMap(\.nonce)).count == 2)
        #expect(harness.indirect.isEmpty)
    }

    @Test(
        "SS-2, RFC 6081 5.5.4.2: the port in the middle is announced, whichever answer comes first",
        arguments: [(5010, 5012, 5011), (5012, 5010, 5011), (5010, 5011, 5010), (65_534, 65_535, 65_534)],
        [false, true]
    )
    func prediction(ports: (UInt16, UInt16, UInt16), isReversed: Bool) {
        var harness = Self.testing()
        let solicitations = harness.solicitations
        for number in isReversed ? [1, 0] : [0, 1] {
            #expect(harness.indirect.isEmpty)
            let bytes = Self.advertisement(solicitations[number], number == 0 ? ports.0 : ports.1)
            #expect(harness.receive(bytes, from: solicitations[number].to, on: Self.slot) == .consumed)
        }
        #expect(harness.indirect.map(\.trailers.randomPort) == [ports.2])
        #expect(harness.lastNonce != 0)
        harness.live(.milliseconds(1500), Self.mapping)
        #expect(harness.indirect.count == 1, "no timer is left")
    }

    @Test(
        "SS-3, SEC-39, RFC 6081 5.5.4.2: an unanswered test is repeated after 1 s; after 2 s more the bubble goes alone"
    )
    func timeouts() {
        var harness = Self.testing()
        let start = harness.now
        harness.live(.milliseconds(3500), Self.mapping)
        let solicitations = harness.solicitations.filter { $0.port == Self.slot }
        #expect(solicitations.map { $0.at - start } == [.zero, .zero, .seconds(1), .seconds(1)])
        #expect(Set(solicitations.compactMap(\.nonce)).count == 4)
        #expect(harness.indirect.first.map { $0.at - start } == .seconds(3))
        #expect(harness.indirect.first?.trailers.randomPort == nil)
        #expect(harness.closedSlots == [0])
    }

    @Test("SS-2, RFC 6081 5.5.4.2: one answer of each of the two tests is enough: both leave from the same port")
    func answersOfTwoTests() throws {
        var harness = Self.testing()
        let first = try #require(harness.solicitations.first)
        harness.receive(Self.advertisement(first, 5010), from: first.to, on: Self.slot)
        harness.live(.milliseconds(1100), Self.mapping)
        let second = try #require(harness.solicitations.last)
        #expect(second.to.address == ClientHarness.secondary && harness.indirect.isEmpty)
        harness.receive(Self.advertisement(second, 5012), from: second.to, on: Self.slot)
        #expect(harness.indirect.map(\.trailers.randomPort) == [5011])
    }

    @Test("SS-3: the repeat of an answer waits for the echo test that its indirect bubble waits for")
    func repeatedAnswer() {
        var harness = ClientHarness.behind(Self.mapping)
        let start = harness.now
        harness.receiveIndirect(Self.peer, [.nonce(9)])
        harness.live(.milliseconds(5500), Self.mapping)
        // The tests end after 3 s; 2 s later the answer may be repeated.
        let answers = harness.direct.filter { $0.port == .service }
        #expect(answers.map { $0.at - start } == [.zero, .seconds(5)])
        #expect(harness.indirect.first.map { $0.at - start } == .seconds(3))
    }

    @Test("SS-3: a contact makes two echo tests and no third, though the peer takes another random port after them")
    func twoTests() throws {
        var harness = Self.testing()
        harness.live(.milliseconds(1100), Self.mapping)
        let tests = harness.solicitations.filter { $0.port == Self.slot }
        try #require(tests.count == 4)
        for (solicitation, port) in zip(tests.suffix(2), [5010, 5012] as [UInt16]) {
            harness.receive(Self.advertisement(solicitation, port), from: solicitation.to, on: Self.slot)
        }
        #expect(harness.indirect.map(\.trailers.randomPort) == [5011])
        for port in [7000, 7001] as [UInt16] { harness.receiveIndirect(Self.peer, [.nonce(9), .randomPort(port)]) }
        #expect(harness.closedSlots == [0], "the mapping of our port leads to the peer's old one")
        harness.live(.seconds(3), Self.mapping)
        #expect(harness.solicitations.filter { $0.port != .service }.count == 4)
        #expect(harness.indirect.count > 1 && harness.indirect.last?.trailers.randomPort == nil)
    }

    @Test("Section 5.2.1, SS-3: a client that waits for its secondary address knows how its NAT counts as well")
    func strict() {
        var harness = ClientHarness.behind(Self.mapping) { $0.qualification.acceptsSilentSecondary = false }
        harness.transmit(to: Packets.peer())
        #expect(harness.solicitations.count == 2 && harness.indirect.isEmpty)
    }

    @Test("SEC-39: a contact makes at most 4 solicitations of echo tests in 3 s, and many contacts few in all")
    func solicitationRate() {
        var one = Self.testing()
        one.live(.seconds(9), Self.mapping)
        let tests = one.solicitations.filter { $0.port != .service }
        #expect(tests.count == 8)
        for first in tests {
            #expect(tests.count { $0.at >= first.at && $0.at - first.at < .seconds(3) } <= 4)
        }

        var many = ClientHarness.behind(Self.mapping)
        for number in 0..<60 as Range<UInt16> { many.transmit(to: Packets.peer(port: 5000 + number)) }
        #expect(many.solicitations.count == 2 * 8)
        many.live(.seconds(3), Self.mapping)
        #expect(many.solicitations.count { $0.port != .service } <= 2 * (8 + 3 * 2))
        #expect(many.indirect.count >= 60, "the others go on without a test")
    }

    @Test("An answer that is wrong, of another, or a repetition is ignored on a random port")
    func wrongAnswers() {
        var harness = Self.testing()
        let (first, second) = (harness.solicitations[0], harness.solicitations[1])
        let good = Self.advertisement(first, 5010)
        let rejected: [([UInt8], UDPEndpoint)] = [
            (good, second.to), (good, UDPEndpoint(ClientHarness.primary, 3545)),
            (good, UDPEndpoint(IPv4Address(203, 0, 113, 1), 3544)),
            (Self.advertisement(first, 5010) { $0.authentication = nil }, first.to),
            (Self.advertisement(first, 5010) { $0.authentication = .init(nonce: 1) }, first.to),
            (Self.advertisement(first, 5010) { $0.origin = nil }, first.to),
            (Self.advertisement(first, 0), first.to),
        ]
        for (bytes, source) in rejected {
            guard case .drop = harness.receive(bytes, from: source, on: Self.slot) else {
                Issue.record("accepted from \(source)")
                continue
            }
        }
        #expect(harness.receive(good, from: first.to, on: .randomPort(1)) == .drop(.unknownPeer))
        #expect(harness.receive(good, from: first.to) == .drop(.unexpectedAdvertisement))
        harness.receive(good, from: first.to, on: Self.slot)
        // Lower is set once: an answer with another port does not change it.
        harness.receive(Self.advertisement(first, 9000), from: first.to, on: Self.slot)
        #expect(harness.indirect.isEmpty)
        harness.receive(Self.advertisement(second, 5012), from: second.to, on: Self.slot)
        #expect(harness.indirect.map(\.trailers.randomPort) == [5011])
        let late = harness.receive(Self.advertisement(second, 6000), from: second.to, on: Self.slot)
        #expect(late == .drop(.unexpectedAdvertisement))
        #expect(harness.indirect.count == 1)
    }

    @Test("SS-5, RFC 6081 5.5: answers on a random port leave address, mapping and refresh as they are")
    func ownMapping() {
        var harness = Self.testing()
        let (own, timeout) = (harness.own, harness.client.refreshInterval)
        for solicitation in harness.solicitations {
            harness.receive(Self.advertisement(solicitation, 5010), from: solicitation.to, on: Self.slot)
        }
        #expect(harness.own == own && harness.client.refreshInterval == timeout)
        #expect(harness.client.mappedEndpoint == Self.mapping.primary)
        #expect(harness.client.secondaryMappedEndpoint == Self.mapping.secondary)
    }

    @Test("SS-4, RFC 6081 5.5.4.3: a direct bubble on the primary port ends the test")
    func cancelled() {
        var harness = Self.testing()
        harness.receiveDirect(Self.peer)
        #expect(harness.closedSlots == [0])
        harness.sent = []
        harness.live(.seconds(4), Self.mapping)
        #expect(harness.sent.isEmpty)
    }

    @Test("PP-7, RFC 6081 5.5.4.3: on the predicted port the peer is accepted by its nonce; data leaves from that port")
    func connects() {
        var harness = Self.testing()
        for (number, solicitation) in harness.solicitations.enumerated() {
            let bytes = Self.advertisement(solicitation, 5010 + 2 * UInt16(number))
            harness.receive(bytes, from: solicitation.to, on: Self.slot)
        }
        let nonce = harness.lastNonce
        let source = UDPEndpoint(Self.peer.mappedEndpoint.address, 6001)
        #expect(harness.receiveDirect(Self.peer, [.nonce(nonce)], from: source, on: Self.slot) == .consumed)
        #expect(harness.transmit(to: Self.peer) == .forward(to: source, from: Self.slot))
    }

    /// A client that the peer reached at the predicted port before its own indirect bubble came.
    static func reached() -> ClientHarness {
        var harness = testing()
        for (number, solicitation) in harness.solicitations.enumerated() {
            harness.receive(advertisement(solicitation, 5010 + 2 * UInt16(number)), from: solicitation.to, on: slot)
        }
        let nonce = harness.lastNonce
        harness.forget()
        harness.receiveDirect(peer, [.nonce(nonce)], on: slot)
        return harness
    }

    @Test(
        "A peer that reached the random port first may not hear us: it is asked, and packets are kept until it answers"
    )
    func unconfirmed() {
        var harness = Self.reached()
        #expect(harness.direct.map(\.trailers.neighborDiscovery) == [.solicitation])
        #expect(harness.sent.count { !$0.isBubble } == 1)
        harness.live(.seconds(1), Self.mapping)
        harness.forget()
        // What the peer got within 2 s it kept: nothing is sent twice.
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], on: Self.slot)
        #expect(harness.sent.isEmpty)
        harness.live(.seconds(9), Self.mapping)
        #expect(harness.bubbles.isEmpty && harness.delivered.isEmpty)
    }

    @Test(
        "When such a peer answers later than after 2 s, its packets are sent again, and its server is asked meanwhile"
    )
    func confirmedLate() {
        var harness = Self.reached()
        harness.forget()
        harness.live(.milliseconds(2200), Self.mapping)
        #expect(harness.indirect.count == 1)
        #expect(harness.direct.contains { $0.trailers.neighborDiscovery == .solicitation && $0.port == Self.slot })
        harness.sent = []
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], on: Self.slot)
        #expect(harness.sent.count { !$0.isBubble } == 1)
    }

    @Test("When such a peer never answers, the host gets an error within 8 s and the port is closed")
    func neverConfirmed() {
        var harness = Self.reached()
        harness.live(.milliseconds(8100), Self.mapping)
        #expect(harness.delivered.count == 1)
        #expect(harness.closedSlots == [0])
    }

    @Test(
        "A packet that overtakes the bubble with the nonce is kept while our own indirect bubble waits for an echo test"
    )
    func overtaken() {
        var harness = ClientHarness.behind(Self.mapping)
        let source = UDPEndpoint(Self.peer.mappedEndpoint.address, 6001)
        harness.receiveIndirect(Self.peer, [.nonce(9)])
        #expect(harness.indirect.isEmpty)
        #expect(harness.receiveData(Self.peer, from: source) == .consumed)
        #expect(harness.delivered.isEmpty)
        for (number, solicitation) in harness.solicitations.enumerated() {
            let bytes = Self.advertisement(solicitation, 5010 + 2 * UInt16(number))
            harness.receive(bytes, from: solicitation.to, on: Self.slot)
        }
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)], from: source)
        #expect(harness.delivered.count == 1)
    }

    @Test(
        "RFC 6081 5.5: an echo test also where other mappings lie between those towards the two addresses, or the second is older",
        arguments: [(5000, 5200), (5200, 5000)] as [(UInt16, UInt16)]
    )
    func otherOrder(ports: (UInt16, UInt16)) {
        var harness = ClientHarness.behind(ClientHarness.Mapping(ports.0, ports.1))
        harness.transmit(to: Self.peer)
        #expect(harness.solicitations.map(\.port) == [Self.slot, Self.slot] && harness.indirect.isEmpty)
    }

    @Test("SS-3: a peer that asks again long after two echo tests is worth two more")
    func testsAnew() throws {
        var harness = ClientHarness.behind(Self.mapping)
        harness.receiveIndirect(Self.peer, [.nonce(9)])
        harness.live(.milliseconds(1100), Self.mapping)
        let tests = harness.solicitations.filter { $0.port == Self.slot }
        try #require(tests.count == 4)
        for (solicitation, port) in zip(tests.suffix(2), [5010, 5012] as [UInt16]) {
            harness.receive(Self.advertisement(solicitation, port), from: solicitation.to, on: Self.slot)
        }
        for port in [7000, 7001] as [UInt16] { harness.receiveIndirect(Self.peer, [.nonce(9), .randomPort(port)]) }
        #expect(harness.closedSlots == [0])
        harness.live(.seconds(320), Self.mapping)
        harness.forget()
        harness.receiveIndirect(Self.peer, [.nonce(10)])
        #expect(harness.solicitations.count { $0.port == Self.slot } == 2)
    }

    @Test(
        "RFC 6081 5.5: no echo test when the ports are far apart, on other addresses, kept, or the extension is off",
        arguments: ["far apart", "other address", "kept", "off", "ports off"]
    )
    func inactive(kind: String) {
        var harness: ClientHarness
        switch kind {
        case "far apart": harness = .behind(.random)
        case "kept": harness = .behind(.constant)
        case "off": harness = .behind(Self.mapping) { $0.extensions.sequentialSymmetricNAT = false }
        case "ports off": harness = .behind(Self.mapping) { $0.extensions.portPreservingSymmetricNAT = false }
        default:
            harness = ClientHarness { $0.usesKeyedBubbles = false }
            harness.start()
            harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, 5000))
            harness.answer(mapped: UDPEndpoint(IPv4Address(198, 51, 100, 8), 5001))
            harness.forget()
        }
        harness.transmit(to: Self.peer)
        #expect(harness.solicitations.isEmpty && harness.openedSlots.isEmpty)
        #expect(harness.indirect.count == 1)
    }
}
