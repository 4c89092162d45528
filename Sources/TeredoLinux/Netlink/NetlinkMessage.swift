import CTeredoLinux
import Glibc

/// Builds one rtnetlink request: header, fixed part and attributes, in host order and padded to four octets.
struct NetlinkMessage {
    private(set) var bytes: [UInt8] = []

    init(type: Int, flags: Int, fixedPart: [UInt8]) {
        bytes = Array(repeating: 0, count: 16) + fixedPart
        store(UInt16(type), at: 4)
        store(UInt16(flags), at: 6)
        store(UInt32(1), at: 8)
        finish()
    }

    mutating func add(_ type: Int, _ value: [UInt8]) {
        let start = bytes.count
        bytes += [0, 0, 0, 0] + value
        store(UInt16(bytes.count - start), at: start)
        store(UInt16(type), at: start + 2)
        while bytes.count % 4 != 0 { bytes.append(0) }
        finish()
    }

    mutating func add(_ type: Int, _ value: UInt32) { add(type, Self.octets(value)) }

    /// Adds a nested attribute whose contents are attributes themselves.
    mutating func add(_ type: Int, nested attributes: [(type: Int, value: [UInt8])]) {
        var inner = NetlinkMessage(type: 0, flags: 0, fixedPart: [])
        for attribute in attributes { inner.add(attribute.type, attribute.value) }
        add(type | 0x8000, Array(inner.bytes[16...]))
    }

    /// The attributes alone, for nesting deeper.
    static func attributes(_ attributes: [(type: Int, value: [UInt8])]) -> [UInt8] {
        var message = NetlinkMessage(type: 0, flags: 0, fixedPart: [])
        for attribute in attributes { message.add(attribute.type, attribute.value) }
        return Array(message.bytes[16...])
    }

    static func octets(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    private mutating func finish() { store(UInt32(bytes.count), at: 0) }

    private mutating func store(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: value)
        bytes[offset + 1] = UInt8(value >> 8)
    }

    private mutating func store(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    }
}

/// One message out of a netlink answer.
struct NetlinkReply {
    let type: Int
    let body: ArraySlice<UInt8>

    /// The 32-bit number at an offset of the body.
    func number(at offset: Int) -> UInt32 { Self.number(body, offset) }

    /// The attributes behind a fixed part of the given length.
    func attributes(after fixedLength: Int) -> [Int: ArraySlice<UInt8>] {
        var result: [Int: ArraySlice<UInt8>] = [:]
        var offset = body.startIndex + fixedLength
        while offset + 4 <= body.endIndex {
            let length = Int(body[offset]) | Int(body[offset + 1]) << 8
            let type = (Int(body[offset + 2]) | Int(body[offset + 3]) << 8) & 0x3FFF
            guard length >= 4, offset + length <= body.endIndex else { break }
            result[type] = body[offset + 4..<offset + length]
            offset += (length + 3) & ~3
        }
        return result
    }

    /// Cuts a datagram of the kernel into its messages.
    static func split(_ bytes: [UInt8]) -> [NetlinkReply] {
        var result: [NetlinkReply] = []
        var offset = 0
        while offset + 16 <= bytes.count {
            let length = Int(number(bytes[...], offset))
            guard length >= 16, offset + length <= bytes.count else { break }
            let type = Int(bytes[offset + 4]) | Int(bytes[offset + 5]) << 8
            result.append(NetlinkReply(type: type, body: bytes[offset + 16..<offset + length]))
            offset += (length + 3) & ~3
        }
        return result
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
        let start = bytes.startIndex + offset
        return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
}
