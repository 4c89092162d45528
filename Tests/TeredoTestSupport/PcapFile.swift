package import TeredoWire

/// A capture file in the classic pcap format with raw IPv4 packets, for tests that show packets to other programs.
package struct PcapFile: Sendable {
    /// The octets of the file so far.
    package private(set) var bytes: [UInt8]
    private var packetCount: UInt32 = 0

    /// A file without packets: little-endian pcap 2.4, link type 101 (raw IP).
    package init() {
        bytes = Self.words([0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 101])
    }

    /// Adds an IPv4 packet with a UDP datagram; packet n is dated n seconds after 1970.
    package mutating func append(_ payload: [UInt8], from source: UDPEndpoint, to destination: UDPEndpoint) {
        append(ipv4Packet: Self.ipv4Packet(payload, from: source, to: destination))
    }

    /// Adds a whole IPv4 packet.
    package mutating func append(ipv4Packet packet: [UInt8]) {
        bytes += Self.words([packetCount, 0, UInt32(packet.count), UInt32(packet.count)])
        bytes += packet
        packetCount += 1
    }

    /// An IPv4 packet with a UDP datagram, both checksums right.
    package static func ipv4Packet(
        _ payload: [UInt8],
        from source: UDPEndpoint,
        to destination: UDPEndpoint
    ) -> [UInt8] {
        let udpLength = UInt16(8 + payload.count)
        var header = encoded { output in
            output.append(bigEndian: UInt32(0x4500_0000) | UInt32(20 + udpLength))
            output.append(bigEndian: UInt32(0))
            output.append(bigEndian: UInt32(0x4011_0000))
            output.append(bigEndian: source.address.rawValue)
            output.append(bigEndian: destination.address.rawValue)
        }
        store(ReferenceChecksum.of(header), in: &header, at: 10)
        var datagram = encoded(capacity: Int(udpLength)) { output in
            output.append(bigEndian: source.port)
            output.append(bigEndian: destination.port)
            output.append(bigEndian: udpLength)
            output.append(bigEndian: UInt16(0))
            output.append(copying: payload.span)
        }
        let pseudoHeader = header[12..<20] + [0, 17, UInt8(udpLength >> 8), UInt8(udpLength & 0xFF)]
        let checksum = ReferenceChecksum.of(pseudoHeader + datagram)
        store(checksum == 0 ? 0xFFFF : checksum, in: &datagram, at: 6)
        return header + datagram
    }

    private static func store(_ value: UInt16, in bytes: inout [UInt8], at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(value & 0xFF)
    }

    private static func words(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    }
}
