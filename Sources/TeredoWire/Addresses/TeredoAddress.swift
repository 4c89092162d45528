/// A Teredo IPv6 address taken apart: server, flags and mapped endpoint (RFC 4380 section 4).
///
/// Two addresses are equal only when all 128 bits are equal; addresses that differ only in flags are two addresses.
public struct TeredoAddress: Hashable, Sendable {
    /// The IPv4 address of the primary server.
    public let server: IPv4Address
    /// The 16 flag bits.
    public let flags: TeredoFlags
    /// The mapped address and port of the client, in clear (on the wire every bit is inverted).
    public let mappedEndpoint: UDPEndpoint

    /// Makes an address from its parts.
    public init(server: IPv4Address, flags: TeredoFlags, mappedEndpoint: UDPEndpoint) {
        self.server = server
        self.flags = flags
        self.mappedEndpoint = mappedEndpoint
    }

    /// Takes an IPv6 address apart; `nil` when it is not in `2001::/32`.
    public init?(_ address: IPv6Address) {
        guard address.isTeredo else { return nil }
        self.init(
            server: IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.high)),
            flags: TeredoFlags(rawValue: UInt16(truncatingIfNeeded: address.low >> 48)),
            mappedEndpoint: UDPEndpoint(
                IPv4Address(rawValue: ~UInt32(truncatingIfNeeded: address.low)),
                ~UInt16(truncatingIfNeeded: address.low >> 32)
            )
        )
    }

    /// The IPv6 address with mapped address and port obfuscated, as it stands in packets.
    public var ipv6: IPv6Address {
        IPv6Address(
            high: 0x2001_0000 << 32 | UInt64(server.rawValue),
            low: UInt64(flags.rawValue) << 48 | UInt64(~mappedEndpoint.port) << 32
                | UInt64(~mappedEndpoint.address.rawValue)
        )
    }
}

extension TeredoAddress: LosslessStringConvertible {
    /// Parses the text of an IPv6 address in `2001::/32`.
    public init?(_ description: String) {
        guard let address = IPv6Address(description) else { return nil }
        self.init(address)
    }

    /// The RFC 5952 text of the IPv6 address.
    public var description: String { ipv6.description }
}
