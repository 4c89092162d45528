/// An IPv4 address, held in host order.
public struct IPv4Address: RawRepresentable, Hashable, Sendable {
    /// The 32 bits of the address; `192.0.2.1` is `0xC000_0201`.
    public let rawValue: UInt32

    /// Makes an address from its 32 bits in host order.
    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Makes an address from its four octets, first one first.
    public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        rawValue = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// The unspecified address `0.0.0.0`.
    @inlinable
    public static var unspecified: Self { Self(rawValue: 0) }

    /// The limited broadcast address `255.255.255.255`.
    @inlinable
    public static var broadcast: Self { Self(rawValue: .max) }

    /// The Teredo IPv4 discovery address `224.0.0.253` (RFC 4380 section 2.17).
    public static let teredoDiscovery = Self(224, 0, 0, 253)

    /// Whether the address is in `224.0.0.0/4`.
    public var isMulticast: Bool { rawValue >> 28 == 0xE }

    /// The address that follows this one; wraps around at the end.
    public var successor: Self { Self(rawValue: rawValue &+ 1) }
}

extension IPv4Address: LosslessStringConvertible {
    /// Parses dotted decimal text: four numbers from 0 to 255 without leading zeros.
    public init?(_ description: String) {
        var value: UInt32 = 0
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        for part in parts {
            guard let octet = UInt8(decimal: part) else { return nil }
            value = value << 8 | UInt32(octet)
        }
        rawValue = value
    }

    /// Dotted decimal text.
    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 0xFF).\(rawValue >> 8 & 0xFF).\(rawValue & 0xFF)"
    }
}

extension IPv4Address: Comparable {
    /// Orders addresses by their numeric value.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}
