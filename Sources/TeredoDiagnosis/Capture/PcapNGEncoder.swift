package import TeredoLinux
import TeredoWire

/// Writes captures in the format pcapng, little-endian, with raw IP packets and times in nanoseconds.
package enum PcapNGEncoder {
    /// The beginning of a file whose interfaces have `names`; packets refer to them by position.
    package static func header(interfaces names: [String], snapLength: Int) -> [UInt8] {
        let version = word(0x1A2B_3C4D) + half(1) + half(0)
        let unknownLength = [UInt8](repeating: 0xFF, count: 8)
        var bytes = block(0x0A0D_0D0A, version + unknownLength)
        for name in names {
            let options = option(2, Array(name.utf8)) + option(9, [9]) + option(0, [])
            bytes += block(1, half(101) + half(0) + word(UInt32(snapLength)) + options)
        }
        return bytes
    }

    /// One packet, of which at most `snapLength` octets are kept.
    package static func packet(
        _ bytes: [UInt8],
        interface: Int,
        isOutgoing: Bool,
        time: WallTime,
        snapLength: Int
    ) -> [UInt8] {
        let time = UInt64(bitPattern: time.sinceEpoch.wholeNanoseconds)
        let kept = Array(bytes.prefix(snapLength))
        let fixed =
            word(UInt32(interface)) + word(UInt32(truncatingIfNeeded: time >> 32))
            + word(UInt32(truncatingIfNeeded: time)) + word(UInt32(kept.count)) + word(UInt32(bytes.count))
        let options = option(2, word(isOutgoing ? 2 : 1)) + option(0, [])
        return block(6, fixed + padded(kept) + options)
    }

    private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let length = word(UInt32(body.count + 12))
        return word(type) + length + body + length
    }

    private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        half(code) + half(UInt16(value.count)) + padded(value)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
    }

    private static func half(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }

    private static func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
