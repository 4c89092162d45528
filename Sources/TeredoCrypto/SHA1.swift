/// SHA-1 (FIPS 180-4 section 6.1), fed piece by piece.
///
/// Insecure as a plain hash; here it serves HMAC-SHA1 only, which RFC 4380 section 5.2.2 prescribes and which is not broken.
/// Nothing in it branches or indexes by the octets hashed, so that its time tells their number and nothing else.
package struct SHA1: Sendable {
    /// The octets of a digest.
    package static let digestLength = 20
    /// The octets that are compressed at once; HMAC pads its keys to as many.
    package static let blockLength = 64

    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) =
        (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
    /// The words of the block under way.
    private var block = InlineArray<16, UInt32>(repeating: 0)
    /// The octets so far.
    private var count: UInt64 = 0

    /// Makes a hash of nothing yet.
    package init() {}

    /// Continues with one octet.
    package mutating func update(_ octet: UInt8) {
        let position = Int(truncatingIfNeeded: count % UInt64(Self.blockLength))
        block[position / 4] = block[position / 4] << 8 | UInt32(octet)
        count &+= 1
        if position == Self.blockLength - 1 { compress() }
    }

    /// Continues with octets.
    package mutating func update(_ octets: Span<UInt8>) {
        for index in octets.indices { update(octets[index]) }
    }

    /// The digest of everything so far: 20 octets.
    package consuming func finalize() -> [UInt8] {
        let bits = count &* 8
        update(0x80)
        while count % UInt64(Self.blockLength) != 56 { update(0) }
        for shift in stride(from: 56, through: 0, by: -8) { update(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
        return [UInt8](capacity: Self.digestLength) { output in
            for word in [state.0, state.1, state.2, state.3, state.4] {
                for shift in stride(from: 24, through: 0, by: -8) {
                    output.append(UInt8(truncatingIfNeeded: word >> UInt32(shift)))
                }
            }
        }
    }

    private mutating func compress() {
        var (a, b, c, d, e) = state
        for round in 0..<80 {
            let word: UInt32
            if round < 16 {
                word = block[round]
            } else {
                let mixed =
                    block[(round + 13) & 15] ^ block[(round + 8) & 15] ^ block[(round + 2) & 15] ^ block[round & 15]
                word = Self.rotate(mixed, 1)
                block[round & 15] = word
            }
            let (choice, constant): (UInt32, UInt32) =
                switch round / 20 {
                case 0: (b & c | ~b & d, 0x5A82_7999)
                case 1: (b ^ c ^ d, 0x6ED9_EBA1)
                case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = Self.rotate(a, 5) &+ choice &+ e &+ constant &+ word
            (a, b, c, d, e) = (next, a, Self.rotate(b, 30), c, d)
        }
        state.0 &+= a
        state.1 &+= b
        state.2 &+= c
        state.3 &+= d
        state.4 &+= e
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &<< count | word &>> (32 &- count)
    }
}
