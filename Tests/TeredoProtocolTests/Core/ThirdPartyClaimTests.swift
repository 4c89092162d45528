import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// SEC-44 for each way in which strangers can name a third party.
@Suite struct ThirdPartyClaimTests {
    private static let victim = ThirdPartyTests.victim

    /// Who says what about the victim, and how often.
    struct Claims: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Whether the strangers are at the victim too, whose server they say it is; else one behind our NAT lists it.
        var isPlace = true
        var isOnlyServer = false
        var trailers: [Trailer] = [.nonce(7)]
        var perSecond = 10
        var isSymmetric = false
    }

    static let claims = [
        Claims(testDescription: "endpoints and random ports at the victim", trailers: [.nonce(7), .randomPort(9)]),
        Claims(testDescription: "one new stranger a second, so that every answer is repeated", perSecond: 1),
        Claims(
            testDescription: "its clients, to a client whose own bubbles it refuses",
            isOnlyServer: true,
            isSymmetric: true
        ),
        Claims(
            testDescription: "four other places of a client behind our NAT",
            isPlace: false,
            trailers: [.nonce(7), .alternateAddresses((1...4).map { UDPEndpoint(victim, UInt16($0)) })]
        ),
    ]

    @Test(
        "SEC-44: whatever strangers say about a third party, it is sent no more than 1.5 of their octets",
        arguments: claims
    )
    func factor(claims: Claims) {
        var harness =
            claims.isSymmetric ? ClientHarness.behind(.random) { $0.usesKeyedBubbles = true } : .qualified()
        let start = harness.now
        var received: [Int] = []
        var number = 0
        for _ in 0..<60 {
            received.append(0)
            for _ in 0..<claims.perSecond {
                number += 1
                let elsewhere = IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8)
                let place = claims.isOnlyServer ? elsewhere : Self.victim
                let peer =
                    claims.isPlace
                    ? Packets.peer(place, port: UInt16(1000 + number), server: Self.victim)
                    : Packets.peer(ClientHarness.mapped.address, port: UInt16(10_000 + number))
                let bytes = ClientHarness.bubble(
                    from: peer.ipv6,
                    to: harness.own,
                    origin: peer.mappedEndpoint,
                    claims.trailers
                )
                harness.receive(bytes, from: harness.server)
                received[received.count - 1] += bytes.count + 28
                harness.live(.seconds(1) / claims.perSecond, claims.isSymmetric ? .random : .constant)
            }
        }
        let sent = harness.sent.map {
            (to: $0.to, octets: $0.bytes.count, second: Int(($0.at - start).components.seconds))
        }
        let factor = ThirdPartyTests.factor(sent, received: received, at: [Self.victim])
        #expect(factor <= 1.5)
        #expect(sent.contains { $0.to.address == Self.victim })
    }

    /// How many bubbles without trailers may go to the victim now.
    private static func bubbles(_ budget: inout ThirdPartyBudget, at now: ProtocolInstant) -> Int {
        var count = 0
        while budget.take(victim, octets: TeredoBubble.length, now: now) { count += 1 }
        return count
    }

    @Test("SEC-44: what was paid for a third party can be spent for 8 to 16 s, and little never pays for much")
    func credit() {
        let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var random = RandomSource(SplitMix64(seed: 3))
        var budget = ThirdPartyBudget(PeerTable(limit: 4, using: &random).hash)
        #expect(Self.bubbles(&budget, at: now) == 32, "what nobody paid for")
        for _ in 0..<8 { budget.earn(Self.victim, octets: 8, now: now) }
        #expect(Self.bubbles(&budget, at: now) == 1)
        for _ in 0..<100 { budget.earn(Self.victim, octets: ThirdPartyBudget.leastLength, now: now) }
        #expect(Self.bubbles(&budget, at: now) == 100)
        for _ in 0..<100 { budget.earn(Self.victim, octets: ThirdPartyBudget.leastLength, now: now) }
        #expect(Self.bubbles(&budget, at: now + .seconds(24)) == 32, "the rest is forgotten")
    }

    @Test("SEC-44: only the nonce of our bubble gives back what it cost the third party")
    func refund() {
        var harness = ClientHarness.behind(.constant)
        let peer = Packets.peer(server: Self.victim)
        let elsewhere = UDPEndpoint(peer.mappedEndpoint.address, 6001)
        harness.receiveIndirect(peer, [.nonce(7)])
        let nonce = harness.lastNonce
        _ = Self.bubbles(&harness.client.contacts.thirdParties, at: harness.now)
        harness.receiveDirect(peer, [.nonce(nonce ^ 1)], from: elsewhere)
        #expect(Self.bubbles(&harness.client.contacts.thirdParties, at: harness.now) == 0)
        harness.receiveDirect(peer, [.nonce(nonce)], from: elsewhere)
        #expect(Self.bubbles(&harness.client.contacts.thirdParties, at: harness.now) > 0)
    }
}
