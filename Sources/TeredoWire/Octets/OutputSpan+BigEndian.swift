/// Numbers in network order, as they stand in every packet.
extension OutputSpan where Element == UInt8 {
    /// Appends a 16-bit number in network order; traps when the space does not suffice.
    @inlinable @inline(__always)
    public mutating func append(bigEndian value: UInt16) { append(octetsOf: value.bigEndian) }

    /// Appends a 32-bit number in network order; traps when the space does not suffice.
    @inlinable @inline(__always)
    public mutating func append(bigEndian value: UInt32) { append(octetsOf: value.bigEndian) }

    /// Appends a 64-bit number in network order; traps when the space does not suffice.
    @inlinable @inline(__always)
    public mutating func append(bigEndian value: UInt64) { append(octetsOf: value.bigEndian) }

    /// Appends the octets of a number as they lie in memory, at once; octet by octet takes ten times as many instructions.
    @inlinable @inline(__always)
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(octetsOf number: Number) {
        let size = MemoryLayout<Number>.size
        precondition(freeCapacity >= size, "no room for \(size) octets")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe UnsafeMutableRawBufferPointer(buffer).storeBytes(of: number, toByteOffset: count, as: Number.self)
            count += size
        }
    }

    /// Appends a copy of `bytes`; traps when the space does not suffice.
    public mutating func append(copying bytes: Span<UInt8>) {
        for index in bytes.indices { append(bytes[index]) }
    }
}
