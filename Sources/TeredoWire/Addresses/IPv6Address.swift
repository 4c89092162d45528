/// An IPv6 address, held as one 128-bit number.
public struct IPv6Address: RawRepresentable, Hashable, Sendable {
    /// The 128 bits of the address; the first octet on the wire is the most significant.
    public let rawValue: UInt128

    /// Makes an address from its 128 bits.
    @inlinable
    public init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// Makes an address from its upper and lower 64 bits.
    public init(high: UInt64, low: UInt64) {
        rawValue = UInt128(high) << 64 | UInt128(low)
    }

    /// The upper 64 bits: usually the prefix.
    public var high: UInt64 { UInt64(truncatingIfNeeded: rawValue >> 64) }

    /// The lower 64 bits: usually the interface identifier.
    public var low: UInt64 { UInt64(truncatingIfNeeded: rawValue) }

    /// The unspecified address `::`.
    @inlinable
    public static var unspecified: Self { Self(rawValue: 0) }
    /// The loopback address `::1`.
    @inlinable
    public static var loopback: Self { Self(rawValue: 1) }
    /// All nodes on the link, `ff02::1`: destination of discovery bubbles.
    public static let allNodes = Self(high: 0xFF02_0000_0000_0000, low: 1)
    /// All routers on the link, `ff02::2`: destination of router solicitations.
    public static let allRouters = Self(high: 0xFF02_0000_0000_0000, low: 2)

    /// Whether the address is in `ff00::/8`.
    public var isMulticast: Bool { rawValue >> 120 == 0xFF }
    /// Whether the address is in `fe80::/10`.
    public var isLinkLocal: Bool { rawValue >> 118 == 0xFE80 >> 6 }
    /// Whether the address is in `fec0::/10`, the deprecated site-local range.
    public var isSiteLocal: Bool { rawValue >> 118 == 0xFEC0 >> 6 }
    /// Whether the address is in `fc00::/7`.
    public var isUniqueLocal: Bool { rawValue >> 121 == 0xFC >> 1 }
    /// Whether the address is in `::ffff:0:0/96`.
    public var isIPv4Mapped: Bool { rawValue >> 32 == 0xFFFF }
    /// Whether the address is in `::/96`: IPv4-compatible, unspecified or loopback.
    public var isIPv4Compatible: Bool { rawValue >> 32 == 0 }
    /// Whether the address is in the Teredo service prefix `2001::/32` (RFC 4380 section 2.6).
    public var isTeredo: Bool { rawValue >> 96 == 0x2001_0000 }
    /// Whether the address is in the 6to4 prefix `2002::/16`.
    public var isSixToFour: Bool { rawValue >> 112 == 0x2002 }

    /// The IPv4 address inside a 6to4 address, `nil` for any other address.
    public var sixToFourIPv4: IPv4Address? {
        isSixToFour ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue >> 80)) : nil
    }

    /// The IPv4 address inside an ISATAP interface identifier (`0000:5efe` or `0200:5efe`), `nil` for any other.
    public var isatapIPv4: IPv4Address? {
        let marker = UInt32(truncatingIfNeeded: low >> 32)
        return marker == 0x0000_5EFE || marker == 0x0200_5EFE
            ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)) : nil
    }

    /// Whether a router may forward towards the address: not multicast, link- or site-local, unique local,
    /// loopback, unspecified, IPv4-compatible or IPv4-mapped (rule D4).
    public var isGlobalScope: Bool {
        !(isMulticast || isLinkLocal || isSiteLocal || isUniqueLocal || isIPv4Mapped || isIPv4Compatible)
    }

    /// Whether packets to the address have no place on a network of others: one of a link, a site or a host, or an IPv4 address that
    /// stands for one of a host's sockets (rules T-c and Y9).
    public var isWithinHostOrLink: Bool { isLinkLocal || isSiteLocal || isIPv4Mapped || isIPv4Compatible }

    /// Whether the address can stand as the source of a packet: not multicast, `::`, loopback or IPv4-mapped (rule V7).
    public var isValidSource: Bool {
        !(isMulticast || self == .unspecified || self == .loopback || isIPv4Mapped)
    }
}

extension IPv6Address: Comparable {
    /// Orders addresses by their numeric value.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}
