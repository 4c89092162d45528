extension Span where Element == UInt8 {
    /// The 16-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable
    public func bigEndianUInt16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The 32-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable
    public func bigEndianUInt32(at offset: Int) -> UInt32 {
        UInt32(bigEndianUInt16(at: offset)) << 16 | UInt32(bigEndianUInt16(at: offset + 2))
    }

    /// The 64-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable
    public func bigEndianUInt64(at offset: Int) -> UInt64 {
        UInt64(bigEndianUInt32(at: offset)) << 32 | UInt64(bigEndianUInt32(at: offset + 4))
    }

    /// The IPv6 address at `offset`; traps when it runs past the end.
    @inlinable
    public func ipv6Address(at offset: Int) -> IPv6Address {
        IPv6Address(high: bigEndianUInt64(at: offset), low: bigEndianUInt64(at: offset + 8))
    }

    /// A copy of the octets in `range`; traps when the range runs past the end.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        return [UInt8](capacity: part.count) { $0.append(copying: part) }
    }

    /// A copy of all octets.
    public func copyAll() -> [UInt8] { copy(0..<count) }
}
