import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// How many answers leave a client in all, whatever they answer (SEC-44).
@Suite struct AnswerRateTests {
    private static func peer(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8), port: 5000)
    }

    private static func elsewhere(_ peer: TeredoAddress) -> UDPEndpoint {
        UDPEndpoint(peer.mappedEndpoint.address, 6001)
    }

    @Test(
        "SEC-44: 25 answers at once to one address, 50 to many, 50 a second; of repetitions 8, 16 and 2, which count too"
    )
    func limits() {
        let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var random = RandomSource(SplitMix64(seed: 3))
        let hash = PeerTable(limit: 4, using: &random).hash
        let addresses = (0..<12_000).map { Self.peer($0).mappedEndpoint.address }
        var limiter = AnswerLimiter(hash, now: now)
        #expect((0..<100).count { _ in limiter.take(for: addresses[0], now: now) } == 25)
        limiter = AnswerLimiter(hash, now: now)
        #expect((0..<100).count { _ in limiter.mayRepeat(for: addresses[0], now: now) } == 8)
        limiter = AnswerLimiter(hash, now: now)
        #expect(addresses.prefix(100).count { limiter.mayRepeat(for: $0, now: now) } == 16)
        #expect(addresses.dropFirst(100).prefix(100).count { limiter.take(for: $0, now: now) } == 34)
        for (isRepetition, expected) in [(false, 545...551), (true, 35...37)] {
            limiter = AnswerLimiter(hash, now: now)
            var time = now
            let count = addresses.count { address in
                time = time + .microseconds(833)
                return isRepetition ? limiter.mayRepeat(for: address, now: time) : limiter.take(for: address, now: time)
            }
            #expect(expected.contains(count), "\(count) in 10 s")
        }
    }

    @Test("SEC-44: a peer that turns out to be elsewhere is answered there within the rate", arguments: [false, true])
    func whereHeard(isFlooded: Bool) {
        var harness = ClientHarness.behind(.constant)
        let peer = Self.peer(0)
        harness.receiveIndirect(peer, [.nonce(9)])
        let nonce = harness.lastNonce
        harness.advance(.seconds(1))
        if isFlooded { for number in 1...100 { harness.receiveIndirect(Self.peer(number)) } }
        harness.forget()
        harness.receiveDirect(peer, [.nonce(nonce)], from: Self.elsewhere(peer))
        #expect(harness.sent.count { $0.to == Self.elsewhere(peer) } == (isFlooded ? 0 : 1))
    }

    @Test("SEC-44, SEC-55: a hundred peers that solicit at once draw fifty advertisements")
    func advertisements() {
        var harness = ClientHarness.behind(.constant)
        for number in 0..<100 { harness.receiveData(Self.peer(number), from: Self.peer(number).mappedEndpoint) }
        harness.live(.seconds(5), .constant)
        harness.forget()
        for number in 0..<100 { harness.receiveDirect(Self.peer(number), [.neighborDiscovery(.solicitation)]) }
        #expect(harness.bubbles.count == 50)
        #expect(harness.bubbles.allSatisfy { $0.trailers.neighborDiscovery == .advertisement })
    }

    @Test("SEC-44, SEC-45: forty peers in whose names somebody sends are asked sixteen times at once where they are")
    func places() {
        var harness = ClientHarness.behind(.constant)
        for number in 0..<40 { harness.meet(Self.peer(number), at: Self.elsewhere(Self.peer(number))) }
        harness.live(.seconds(5), .constant)
        harness.forget()
        for number in 0..<40 { harness.receiveDirect(Self.peer(number)) }
        #expect(harness.bubbles.count == 16)
    }

    @Test("SEC-55: a peer is answered once where it turns out to be, and not where it was answered already")
    func onceWhereHeard() {
        var harness = ClientHarness.behind(.constant)
        let peer = Self.peer(0)
        harness.receiveIndirect(peer, [.nonce(9)])
        let nonce = harness.lastNonce
        harness.forget()
        for _ in 0..<3 {
            harness.receiveDirect(peer, [.nonce(nonce)], from: Self.elsewhere(peer))
            harness.receiveData(peer, from: Self.elsewhere(peer))
        }
        #expect(harness.bubbles.map(\.to) == [Self.elsewhere(peer)])
        // Nor when it is heard again after a silence.
        harness.live(.seconds(31), .constant)
        harness.forget()
        harness.receiveDirect(peer, [.nonce(nonce)], from: Self.elsewhere(peer))
        #expect(harness.bubbles.isEmpty && harness.transmit(to: peer) == .forward(to: Self.elsewhere(peer)))

        var known = ClientHarness.behind(.constant)
        known.receiveIndirect(peer, [.nonce(9)])
        known.forget()
        for _ in 0..<3 { known.receiveDirect(peer, [.nonce(7)]) }
        #expect(known.bubbles.isEmpty, "it was answered there")
    }
}
