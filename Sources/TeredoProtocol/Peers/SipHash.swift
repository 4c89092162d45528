import TeredoWire

/// SipHash-1-3 of an IPv6 address: a keyed pseudorandom function, so that nobody without the key can choose addresses that
/// collide, whatever structure they have.
///
/// A multiplication with a secret key would be faster, but addresses with a regular structure make it cluster for some
/// keys; a function that mixes less than SipHash was broken for every table that was attacked in earnest.
struct SipHash: Sendable {
    private let key: (low: UInt64, high: UInt64)

    /// A function of the 128-bit key.
    init(key low: UInt64, _ high: UInt64) {
        key = (low, high)
    }

    /// The hash of the address: its upper and its lower 64 bits are the two words of the message.
    @inline(__always)
    func callAsFunction(_ address: IPv6Address) -> UInt64 {
        var state = State(
            v0: key.low ^ 0x736F_6D65_7073_6575,
            v1: key.high ^ 0x646F_7261_6E64_6F6D,
            v2: key.low ^ 0x6C79_6765_6E65_7261,
            v3: key.high ^ 0x7465_6462_7974_6573
        )
        state.compress(address.high)
        state.compress(address.low)
        // The last word of a message of 16 octets: its length in the top octet.
        state.compress(16 << 56)
        state.v2 ^= 0xFF
        state.round()
        state.round()
        state.round()
        return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    }

    /// The hash of an IPv4 address.
    func callAsFunction(_ address: IPv4Address) -> UInt64 { self(IPv6Address(high: 0, low: UInt64(address.rawValue))) }

    private struct State {
        var v0: UInt64
        var v1: UInt64
        var v2: UInt64
        var v3: UInt64

        @inline(__always)
        mutating func compress(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func round() {
            v0 &+= v1
            v2 &+= v3
            v1 = Self.rotate(v1, 13) ^ v0
            v3 = Self.rotate(v3, 16) ^ v2
            v0 = Self.rotate(v0, 32)
            v2 &+= v1
            v0 &+= v3
            v1 = Self.rotate(v1, 17) ^ v2
            v3 = Self.rotate(v3, 21) ^ v0
            v2 = Self.rotate(v2, 32)
        }

        @inline(__always)
        private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
            word &<< count | word &>> (64 &- count)
        }
    }
}
