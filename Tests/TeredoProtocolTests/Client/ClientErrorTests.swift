import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What a client makes of ICMPv4 errors about its datagrams (RFC 5927).
@Suite struct ClientErrorTests {
    private static let peer = Packets.peer()

    private static func error(_ destination: UDPEndpoint) -> ICMPv4Error {
        ICMPv4Error(.portUnreachable, by: destination.address, about: destination)
    }

    /// A client that a peer answered a while ago.
    private static func inContact() -> ClientHarness {
        var harness = ClientHarness.qualified { $0.refreshInterval = .seconds(3600) }
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        harness.advance(.seconds(5))
        harness.forget()
        return harness
    }

    @Test("SEC-38: an error about a peer in use is contradicted by its next sign of life; without an error nothing is")
    func contradiction() {
        var harness = Self.inContact()
        #expect(harness.client.counters.drops[.contradictedError] == 0)
        let packet = Packets.udp(from: harness.own, to: Self.peer.ipv6)
        harness.transmit(packet)
        harness.client.handleICMPError(Self.error(Self.peer.mappedEndpoint), quoting: packet.span, now: harness.now)
        harness.drain()
        #expect(harness.bubbles.contains { $0.to == Self.peer.mappedEndpoint })
        harness.advance(.milliseconds(50))
        harness.receive(Packets.bubble(from: Self.peer.ipv6, to: harness.own), from: Self.peer.mappedEndpoint)
        #expect(harness.client.counters.drops[.contradictedError] == 1)
        harness.advance(.seconds(8))
        #expect(harness.client.counters.drops[.contradictedError] == 1 && harness.delivered.isEmpty)
        #expect(harness.transmit(packet) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("SEC-38: the silence of a peer counts when it was asked and word came again, or when it was asked twice")
    func settled() {
        for (questions, isRepeated, isSettled) in [
            (0, false, false), (0, true, false), (1, false, false), (1, true, true), (2, false, true), (3, true, true),
        ] {
            var doubt = PeerDoubt(.portUnreachable, about: [], now: ProtocolInstant(nanoseconds: 0))
            for _ in 0..<questions { doubt.countQuestion() }
            if isRepeated { doubt.repeat() }
            #expect(doubt.isSettled == isSettled, "\(questions) \(isRepeated)")
        }
    }

    @Test(
        "SEC-38: a server that refuses two refreshes in a row, nonce and all, costs the address and all peers with it"
    )
    func refusedRefreshes() {
        var harness = Self.inContact()
        #expect(harness.client.peerCount == 1)
        let limit = harness.now + .seconds(60)
        harness.client.adopt(ClientConfiguration(), now: harness.now)
        for _ in 0..<2 {
            while harness.solicitations.isEmpty, harness.now < limit { harness.advance(.milliseconds(100)) }
            guard let solicitation = harness.solicitations.last else { break }
            #expect(harness.client.address != nil)
            harness.forget()
            harness.client.handleICMPError(
                Self.error(solicitation.to),
                quoting: solicitation.bytes.span,
                now: harness.now
            )
            harness.drain()
        }
        #expect(harness.client.address == nil)
        #expect(harness.client.peerCount == 0)
    }

    @Test("SEC-38: fifty errors at once are looked at, and twenty a second")
    func rate() {
        var harness = ClientHarness.qualified()
        let packet = Packets.udp(from: harness.own, to: Self.peer.ipv6)
        func storm() -> UInt64 {
            let before = harness.client.counters.drops[.errorLimitReached]
            for _ in 0..<60 {
                harness.client.handleICMPError(
                    Self.error(Self.peer.mappedEndpoint),
                    quoting: packet.span,
                    now: harness.now
                )
            }
            return harness.client.counters.drops[.errorLimitReached] - before
        }
        #expect(storm() == 10)
        harness.now = harness.now + .seconds(1)
        #expect(storm() == 40)
    }

    @Test("SEC-38: an error about a packet that was not ours says nothing about a peer in use")
    func foreignPacket() {
        var harness = Self.inContact()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        harness.forget()
        let foreign = Packets.udp(from: ClientHarness.native, to: Self.peer.ipv6)
        harness.client.handleICMPError(Self.error(Self.peer.mappedEndpoint), quoting: foreign.span, now: harness.now)
        harness.drain()
        #expect(harness.client.counters.drops[.foreignError] == 1 && harness.sent.isEmpty)
    }

    @Test("SEC-38: an error by a peer's server counts with the nonce or the key of what was asked through it")
    func unprovenServer() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        let server = UDPEndpoint(Self.peer.server, 3544)
        let asked = harness.bubbles.filter { $0.to == server }
        try #require(asked.count == 2)
        let guessed = Packets.bubble(from: harness.own, to: Self.peer.ipv6)
        harness.client.handleICMPError(Self.error(server), quoting: guessed.span, now: harness.now)
        #expect(harness.client.counters.drops[.unprovenError] == 1)
        for bubble in asked {
            harness.client.handleICMPError(Self.error(server), quoting: bubble.bytes.span, now: harness.now)
        }
        #expect(harness.client.counters.drops[.unprovenError] == 1)
    }

    /// What somebody makes of a refresh that he did not see, or that is answered.
    enum Fake: CaseIterable {
        case nameless
        case otherNonce
        case late
    }

    @Test(
        "SEC-38: no error without the nonce of a refresh, or from before a sign of life, costs the address",
        arguments: Fake.allCases
    )
    func unprovenRefusals(fake: Fake) {
        var harness = Self.inContact()
        harness.client.adopt(ClientConfiguration(), now: harness.now)
        let limit = harness.now + .seconds(60)
        for _ in 0..<2 {
            while harness.solicitations.isEmpty, harness.now < limit { harness.advance(.milliseconds(100)) }
            guard let solicitation = harness.solicitations.last, let datagram = solicitation.datagram else { break }
            harness.forget()
            var quoted = solicitation.bytes
            switch fake {
            case .nameless: quoted = []
            case .otherNonce: quoted[datagram.packet.lowerBound - 2] ^= 1
            case .late:
                harness.now = harness.now + .milliseconds(100)
                harness.receiveIndirect(Self.peer, [])
            }
            harness.client.handleICMPError(Self.error(solicitation.to), quoting: quoted.span, now: harness.now)
            harness.drain()
        }
        #expect(harness.client.address != nil)
        let reason: DropReason =
            switch fake {
            case .nameless: .unprovenError
            case .otherNonce: .foreignError
            case .late: .contradictedError
            }
        #expect(harness.client.counters.drops[reason] == 2)
    }

    @Test(
        "SEC-38: an error about the question to the secondary address counts with its nonce",
        arguments: [false, true]
    )
    func refusedInquiry(isForged: Bool) throws {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let question = try #require(harness.solicitations.last { $0.to.address == ClientHarness.secondary })
        var quoted = question.bytes
        if isForged { quoted[4] ^= 1 }
        harness.client.handleICMPError(Self.error(question.to), quoting: quoted.span, now: harness.now)
        harness.advance(.seconds(5))
        let questions = harness.solicitations.filter { $0.to == question.to }
        #expect(questions.count == (isForged ? 2 : 1))
    }
}
