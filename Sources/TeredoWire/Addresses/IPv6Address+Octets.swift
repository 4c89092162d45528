/// Addresses in octets; whoever reads has checked the length.
extension Span where Element == UInt8 {
    /// The IPv6 address at `offset`; traps when it runs past the end.
    @inlinable @inline(__always)
    public func ipv6Address(at offset: Int) -> IPv6Address {
        IPv6Address(high: bigEndianUInt64(at: offset), low: bigEndianUInt64(at: offset + 8))
    }
}

/// Writing addresses.
extension OutputSpan where Element == UInt8 {
    /// Appends the 16 octets of an IPv6 address; traps when the space does not suffice.
    public mutating func append(_ address: IPv6Address) {
        append(bigEndian: address.high)
        append(bigEndian: address.low)
    }
}
