/// Numbers in network order, as they stand in every packet; whoever reads has checked the length.
extension Span where Element == UInt8 {
    /// The 16-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable @inline(__always)
    public func bigEndianUInt16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// The 32-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable @inline(__always)
    public func bigEndianUInt32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The 64-bit number in network order at `offset`; traps when it runs past the end.
    @inlinable @inline(__always)
    public func bigEndianUInt64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// A copy of the octets in `range`; traps when the range runs past the end.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        return [UInt8](capacity: part.count) { $0.append(copying: part) }
    }

    /// A copy of all octets.
    public func copyAll() -> [UInt8] { copy(0..<count) }
}
