/// The one's complement sum of RFC 1071 over memory in the order of octets of this machine, as fast as the processor
/// reads it.
///
/// The sum does not depend on the order of octets but for its own: ``folded`` is stored as it is.
@safe struct OnesComplementSum {
    private var sum: UInt64

    /// Begins with a 16-bit number as it lies in memory.
    init(_ stored: UInt16 = 0) {
        sum = UInt64(stored)
    }

    /// Adds a number that stands in the packet in the order of octets of the network.
    mutating func add(_ value: UInt16) { sum &+= UInt64(value.bigEndian) }

    /// Takes a number of the network's order out of the sum again.
    mutating func subtract(_ value: UInt16) { sum &+= UInt64(~value.bigEndian) }

    /// Adds octets from an even place; an odd last one is padded with zero.
    mutating func add(_ octets: UnsafeRawBufferPointer) {
        guard let base = octets.baseAddress else { return }
        var offset = 0
        // Halves are added apart: 2,048 additions of 16 bits, the longest packet, fit into 32 bits.
        var low = SIMD8<UInt32>(repeating: 0)
        var high = SIMD8<UInt32>(repeating: 0)
        let mask = SIMD8<UInt32>(repeating: 0xFFFF)
        while offset &+ 32 <= octets.count {
            let words = unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt32>.self)
            low &+= words & mask
            high &+= words &>> 16
            offset &+= 32
        }
        for lane in 0..<8 { sum &+= UInt64(low[lane]) &+ UInt64(high[lane]) }
        while offset &+ 2 <= octets.count {
            sum &+= UInt64(unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            offset &+= 2
        }
        if offset < octets.count {
            let last = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
            sum &+= UInt64(UInt16(littleEndian: UInt16(last)))
        }
    }

    /// The sum in 16 bits, to be stored as it is; its complement is the checksum.
    var folded: UInt16 {
        var value = (sum & 0xFFFF_FFFF) &+ (sum >> 32)
        value = (value & 0xFFFF_FFFF) &+ (value >> 32)
        value = (value & 0xFFFF) &+ (value >> 16)
        value = (value & 0xFFFF) &+ (value >> 16)
        value = (value & 0xFFFF) &+ (value >> 16)
        return UInt16(truncatingIfNeeded: value)
    }
}
