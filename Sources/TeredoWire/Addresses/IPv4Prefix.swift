/// An IPv4 prefix such as `10.0.0.0/8`.
public struct IPv4Prefix: Hashable, Sendable {
    /// The first address of the prefix; the bits behind the length are zero.
    public let address: IPv4Address
    /// The number of leading bits that count, 0 to 32.
    public let length: Int

    /// Makes a prefix; bits of `address` behind `length` are cleared.
    ///
    /// `length` must be 0 to 32.
    public init(_ address: IPv4Address, length: Int) {
        precondition((0...32).contains(length), "an IPv4 prefix length is 0 to 32")
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(length))
        self.length = length
    }

    /// Whether `candidate` lies inside the prefix.
    public func contains(_ candidate: IPv4Address) -> Bool {
        candidate.rawValue & Self.mask(length) == address.rawValue
    }

    /// Whether all of `other` lies inside the prefix.
    public func contains(_ other: IPv4Prefix) -> Bool { other.length >= length && contains(other.address) }

    /// The directed broadcast address of the prefix; `nil` for /31 and /32, which have none.
    public var directedBroadcast: IPv4Address? {
        length < 31 ? IPv4Address(rawValue: address.rawValue | ~Self.mask(length)) : nil
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : .max << (32 - UInt32(length)) }
}

extension IPv4Prefix: LosslessStringConvertible {
    /// Parses `address/length`, for example `192.168.0.0/16`; a bare address is a /32.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPv4Address(String(first)) else { return nil }
        switch parts.count {
        case 1:
            self.init(address, length: 32)
        case 2:
            guard let length = UInt8(decimal: parts[1]), length <= 32 else { return nil }
            self.init(address, length: Int(length))
        default:
            return nil
        }
    }

    /// The text form `address/length`.
    public var description: String { "\(address)/\(length)" }
}
