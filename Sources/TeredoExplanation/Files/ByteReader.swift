import TeredoWire

/// Reads the numbers of a capture file in the order of octets of whoever wrote it.
struct ByteReader {
    /// Whether the most significant octet comes first.
    let isBigEndian: Bool

    func number16(_ bytes: [UInt8], at offset: Int) -> UInt16 {
        let value = bytes.span.bigEndianUInt16(at: offset)
        return isBigEndian ? value : value.byteSwapped
    }

    func number32(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        let value = bytes.span.bigEndianUInt32(at: offset)
        return isBigEndian ? value : value.byteSwapped
    }

    func number64(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        let value = bytes.span.bigEndianUInt64(at: offset)
        return isBigEndian ? value : value.byteSwapped
    }
}
