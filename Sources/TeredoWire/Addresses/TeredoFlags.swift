/// The 16 flag bits of a Teredo address: `CzRRRRUG RRRRRRRR` (RFC 4380 section 4, RFC 5991 section 3).
public struct TeredoFlags: RawRepresentable, Hashable, Sendable {
    /// The 16 bits, cone bit first.
    public let rawValue: UInt16

    /// Makes flags from their 16 bits.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The bits that RFC 5991 asks a client to choose at random: Random1 and Random2.
    public static let randomMask: UInt16 = 0x3CFF

    /// Whether the cone bit C (0x8000) is set; peers and relays ignore it (RFC 5991 section 3.2), servers must not.
    public var coneBit: Bool { rawValue & 0x8000 != 0 }
    /// Whether the reserved bit z (0x4000) is set: sent as 0, ignored on receipt.
    public var reservedBit: Bool { rawValue & 0x4000 != 0 }
    /// Whether the universal/local bit U (0x0200) is set: sent as 0, ignored on receipt.
    public var universalBit: Bool { rawValue & 0x0200 != 0 }
    /// Whether the individual/group bit G (0x0100) is set: sent as 0, ignored on receipt.
    public var groupBit: Bool { rawValue & 0x0100 != 0 }
    /// The 12 random bits of RFC 5991 in place, all others zero.
    public var randomBits: UInt16 { rawValue & Self.randomMask }

    /// Flags with 12 random bits and the cone bit as given (RFC 5991 section 3, SEC-21).
    public static func random(coneBit: Bool, using generator: inout some RandomNumberGenerator) -> Self {
        Self(rawValue: UInt16.random(in: .min ... .max, using: &generator) & randomMask | (coneBit ? 0x8000 : 0))
    }
}

extension TeredoFlags: CustomStringConvertible {
    /// Hexadecimal text such as `0x2cad`.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
