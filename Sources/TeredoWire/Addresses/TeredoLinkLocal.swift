/// The link-local addresses that Teredo nodes use: `fe80::/64` and flags, obfuscated port, obfuscated IPv4 address.
public enum TeredoLinkLocal {
    /// The source of a client's router solicitation: port 0 and address 0.0.0.0 obfuscated, cone bit as asked
    /// (RFC 4380 section 5.2.1; `fe80::ffff:ffff:ffff` and `fe80::8000:ffff:ffff:ffff`).
    public static func client(coneBit: Bool) -> IPv6Address {
        IPv6Address(high: prefix, low: (coneBit ? 0x8000 << 48 : 0) | 0x0000_FFFF_FFFF_FFFF)
    }

    /// The address of a server, always with the cone bit: `fe80::8000:f227:` and its obfuscated IPv4 address.
    public static func server(_ address: IPv4Address) -> IPv6Address {
        IPv6Address(high: prefix, low: 0x8000_F227 << 32 | UInt64(~address.rawValue))
    }

    /// A bubble source made from a keyed hash; the two low bits of its first octet are cleared (R9a, Y5).
    public static func keyed(identifier: UInt64) -> IPv6Address {
        IPv6Address(high: prefix, low: identifier & 0xFCFF_FFFF_FFFF_FFFF)
    }

    /// Whether the cone bit of a solicitation's source is set (octet 8, bit 0x80), as a server must read it.
    public static func coneBit(of address: IPv6Address) -> Bool { address.low >> 63 == 1 }

    private static let prefix: UInt64 = 0xFE80_0000_0000_0000
}
