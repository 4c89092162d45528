import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct RateLimiterTests {
    static let start = ProtocolInstant(nanoseconds: 5_000_000_000)

    static func limiter(places: Int, seed: UInt64 = 1) -> RateLimiter {
        var generator = SplitMix64(seed: seed)
        return RateLimiter(RateLimit(rate: 10), places: places, using: &generator, now: start)
    }

    @Test("Each address has a burst and a rate of its own")
    func burstAndRefill() {
        var limiter = Self.limiter(places: 64)
        for address in [ipv4("8.0.0.1"), ipv4("8.0.0.2")] {
            #expect((0..<100).filter { _ in limiter.take(address, now: Self.start) }.count == 20)
            let later = Self.start + .seconds(1)
            #expect((0..<100).filter { _ in limiter.take(address, now: later) }.count == 10)
        }
    }

    @Test("A limiter of four places forgets the address that was idle longest")
    func eviction() {
        var limiter = Self.limiter(places: 4)
        let addresses = (1...5).map { IPv4Address(8, 0, 0, $0) }
        for (step, address) in addresses.prefix(4).enumerated() {
            for _ in 0..<20 { #expect(limiter.take(address, now: Self.start + .milliseconds(step)) == true) }
        }
        // The first is used again, so that the second is now the idlest.
        #expect(limiter.take(addresses[0], now: Self.start + .milliseconds(5)) == false)
        #expect(limiter.take(addresses[4], now: Self.start + .milliseconds(6)) == true)
        let now = Self.start + .milliseconds(7)
        #expect(limiter.take(addresses[0], now: now) == false)
        #expect(limiter.take(addresses[2], now: now) == false)
        #expect(limiter.take(addresses[3], now: now) == false)
        #expect(limiter.take(addresses[1], now: now) == true, "the second was forgotten and begins with a full burst")
    }

    @Test("SEC-40: a flood from 200,000 addresses neither grows the limiter nor refuses a newcomer")
    func flood() {
        var limiter = Self.limiter(places: 256)
        let size = Mirror(reflecting: limiter).descendant("entries").map { Mirror(reflecting: $0).children.count }
        for number in 0..<200_000 {
            let address = IPv4Address(rawValue: 0x0800_0000 + UInt32(number))
            #expect(limiter.take(address, now: Self.start + .microseconds(number)) == true)
        }
        let after = Mirror(reflecting: limiter).descendant("entries").map { Mirror(reflecting: $0).children.count }
        #expect(size == 256 && after == 256)
    }

    @Test("SEC-64: which addresses share places depends on the generator")
    func keyed() {
        /// Which groups of addresses push the first one out of a small table.
        func rivals(seed: UInt64) -> [Bool] {
            (0..<64).map { block in
                var limiter = Self.limiter(places: 16, seed: seed)
                let first = ipv4("8.0.0.1")
                for _ in 0..<20 { _ = limiter.take(first, now: Self.start) }
                for number in 0..<16 {
                    let rival = IPv4Address(rawValue: 0x0900_0000 + UInt32(block * 16 + number))
                    _ = limiter.take(rival, now: Self.start + .milliseconds(1))
                }
                return limiter.take(first, now: Self.start + .milliseconds(2))
            }
        }
        #expect(rivals(seed: 1) == rivals(seed: 1))
        #expect(rivals(seed: 1) != rivals(seed: 2))
    }
}
