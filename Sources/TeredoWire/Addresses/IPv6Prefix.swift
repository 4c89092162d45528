/// An IPv6 prefix such as `2001::/32`.
public struct IPv6Prefix: Hashable, Sendable {
    /// The first address of the prefix; the bits behind the length are zero.
    public let address: IPv6Address
    /// The number of leading bits that count, 0 to 128.
    public let length: Int

    /// Makes a prefix; bits of `address` behind `length` are cleared.
    ///
    /// `length` must be 0 to 128.
    public init(_ address: IPv6Address, length: Int) {
        precondition((0...128).contains(length), "an IPv6 prefix length is 0 to 128")
        self.address = IPv6Address(rawValue: address.rawValue & Self.mask(length))
        self.length = length
    }

    /// The Teredo service prefix `2001::/32` (RFC 4380 section 2.6).
    public static let teredo = Self(IPv6Address(high: 0x2001_0000 << 32, low: 0), length: 32)

    /// Whether `candidate` lies inside the prefix.
    public func contains(_ candidate: IPv6Address) -> Bool {
        candidate.rawValue & Self.mask(length) == address.rawValue
    }

    private static func mask(_ length: Int) -> UInt128 { length == 0 ? 0 : .max << (128 - UInt128(length)) }
}

extension IPv6Prefix: LosslessStringConvertible {
    /// Parses `address/length`, for example `2001:db8::/32`; a bare address is a /128.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPv6Address(String(first)) else { return nil }
        switch parts.count {
        case 1:
            self.init(address, length: 128)
        case 2:
            guard let length = UInt8(decimal: parts[1]), length <= 128 else { return nil }
            self.init(address, length: Int(length))
        default:
            return nil
        }
    }

    /// The text form `address/length`.
    public var description: String { "\(address)/\(length)" }
}
