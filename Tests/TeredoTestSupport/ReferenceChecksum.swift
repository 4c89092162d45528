/// The Internet checksum in its plainest form: one 16-bit word at a time with end-around carry (RFC 1071).
package enum ReferenceChecksum {
    /// The checksum of `bytes`; an odd last octet is padded with zero.
    package static func of(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in bytes.indices {
            sum += index.isMultiple(of: 2) ? UInt32(bytes[index]) << 8 : UInt32(bytes[index])
            if sum > 0xFFFF { sum -= 0xFFFF }
        }
        return ~UInt16(sum)
    }

    /// The checksum that the ICMPv6 message of `packet` ought to hold; the packet has at least 44 octets.
    package static func icmpv6(_ packet: [UInt8]) -> UInt16 {
        let length = packet.count - 40
        let pseudoHeader = packet[8..<40] + [0, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 0, 58]
        return of(pseudoHeader + packet[40..<42] + [0, 0] + packet[44...])
    }

    /// `packet` with the payload length and the ICMPv6 checksum that fit its octets.
    package static func repaired(_ packet: [UInt8]) -> [UInt8] {
        guard packet.count >= 44 else { return packet }
        var packet = packet
        let length = packet.count - 40
        packet[4] = UInt8(truncatingIfNeeded: length >> 8)
        packet[5] = UInt8(truncatingIfNeeded: length)
        let checksum = icmpv6(packet)
        packet[42] = UInt8(checksum >> 8)
        packet[43] = UInt8(checksum & 0xFF)
        return packet
    }
}
