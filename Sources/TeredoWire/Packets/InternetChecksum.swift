/// The one's complement checksum of RFC 1071, here for ICMPv6 with its pseudo-header (RFC 8200 section 8.1).
public struct InternetChecksum: Sendable {
    private var sum: UInt64 = 0

    /// An empty sum.
    public init() {}

    /// Adds a 16-bit number.
    public mutating func add(_ value: UInt16) { sum &+= UInt64(value) }

    /// Adds both halves of a 32-bit number.
    public mutating func add(_ value: UInt32) {
        sum &+= UInt64(value >> 16) &+ UInt64(value & 0xFFFF)
    }

    /// Adds the eight groups of an IPv6 address.
    public mutating func add(_ address: IPv6Address) {
        add(UInt32(truncatingIfNeeded: address.high >> 32))
        add(UInt32(truncatingIfNeeded: address.high))
        add(UInt32(truncatingIfNeeded: address.low >> 32))
        add(UInt32(truncatingIfNeeded: address.low))
    }

    /// Adds octets; an odd last octet is padded with zero, so only the last call may have an odd count.
    public mutating func add(_ bytes: Span<UInt8>) {
        var offset = 0
        while offset + 4 <= bytes.count {
            add(bytes.bigEndianUInt32(at: offset))
            offset += 4
        }
        if offset + 2 <= bytes.count {
            add(bytes.bigEndianUInt16(at: offset))
            offset += 2
        }
        if offset < bytes.count { add(UInt16(bytes[offset]) << 8) }
    }

    /// The checksum to write into the header; 0 over data that include a correct checksum.
    public var value: UInt16 {
        var folded = sum
        while folded > 0xFFFF { folded = (folded & 0xFFFF) + (folded >> 16) }
        return ~UInt16(folded)
    }

    /// The ICMPv6 checksum of `message`; 0 when the message already holds the right one.
    public static func icmpv6(_ message: Span<UInt8>, source: IPv6Address, destination: IPv6Address) -> UInt16 {
        var checksum = Self()
        checksum.add(source)
        checksum.add(destination)
        checksum.add(UInt32(truncatingIfNeeded: message.count))
        checksum.add(UInt32(IPv6Header.NextHeader.icmpv6))
        checksum.add(message)
        return checksum.value
    }
}
