import TeredoCrypto
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct BubbleKeyTests {
    static func key(seed: UInt64) -> BubbleKey {
        var generator = SplitMix64(seed: seed)
        return BubbleKey(authenticator: HMACSHA1Authenticator(), using: &generator)
    }

    @Test("A keyed source is link-local and vouches for its own peer")
    func own() {
        let key = Self.key(seed: 1)
        let peer = endpoint("203.0.113.20:5000")
        let source = key.source(forPeerAt: peer)
        #expect(source.isLinkLocal && source.high == 0xFE80 << 48)
        #expect(source == key.source(forPeerAt: peer))
        #expect(key.vouches(forPeerAt: peer, destination: source))
    }

    @Test("SEC-11: a key obtained for one peer proves no other, not even another port of the same address")
    func other() {
        let key = Self.key(seed: 1)
        let source = key.source(forPeerAt: endpoint("203.0.113.20:5000"))
        for text in ["203.0.113.20:5001", "203.0.113.21:5000", "203.0.113.20:34835", "20.113.0.203:5000"] {
            #expect(!key.vouches(forPeerAt: endpoint(text), destination: source))
        }
    }

    @Test("SEC-11: no address with one flipped bit vouches, nor does the same identifier under another prefix")
    func flippedBits() {
        let key = Self.key(seed: 1)
        let peer = endpoint("203.0.113.20:5000")
        let source = key.source(forPeerAt: peer)
        for bit in 0..<128 {
            let flipped = IPv6Address(rawValue: source.rawValue ^ 1 << UInt128(bit))
            #expect(!key.vouches(forPeerAt: peer, destination: flipped))
        }
        let global = IPv6Address(high: 0x2400_0001 << 32, low: source.low)
        #expect(!key.vouches(forPeerAt: peer, destination: global))
    }

    @Test("SEC-64: the key comes out of the generator: other generator, other key")
    func generator() {
        let peer = endpoint("203.0.113.20:5000")
        #expect(Self.key(seed: 1).source(forPeerAt: peer) == Self.key(seed: 1).source(forPeerAt: peer))
        #expect(Self.key(seed: 1).source(forPeerAt: peer) != Self.key(seed: 2).source(forPeerAt: peer))
    }
}
