/// Numbers in network order, as they stand in every packet.
extension OutputSpan where Element == UInt8 {
    /// Appends a 16-bit number in network order; traps when the space does not suffice.
    public mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends a 32-bit number in network order; traps when the space does not suffice.
    public mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }

    /// Appends a 64-bit number in network order; traps when the space does not suffice.
    public mutating func append(bigEndian value: UInt64) {
        append(bigEndian: UInt32(truncatingIfNeeded: value >> 32))
        append(bigEndian: UInt32(truncatingIfNeeded: value))
    }

    /// Appends a copy of `bytes`; traps when the space does not suffice.
    public mutating func append(copying bytes: Span<UInt8>) {
        for index in bytes.indices { append(bytes[index]) }
    }
}
