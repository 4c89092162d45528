package import TeredoWire

/// A UDP datagram in an IPv4 packet as it stands on a wire: who sent what to whom.
package struct IPv4Envelope: Hashable, Sendable {
    /// Where it is from.
    package let source: UDPEndpoint
    /// Where it goes.
    package let destination: UDPEndpoint
    /// Where the payload of the datagram lies in the packet.
    package let payload: Range<Int>

    /// The octets of both headers as they are sent.
    package static let headerLength = 28

    /// Why a packet is no datagram.
    package enum Failure: Error, Hashable, Sendable {
        /// It is an ICMP message.
        case icmp
        /// It is something else, a fragment, or cut off.
        case malformed
    }

    /// Reads a packet; neither checksum is looked at, which a kernel did before.
    package init(validating packet: Span<UInt8>) throws(Failure) {
        guard packet.count >= 20, packet[0] >> 4 == 4 else { throw .malformed }
        let header = Int(packet[0] & 0xF) * 4
        let total = Int(packet.bigEndianUInt16(at: 2))
        guard header >= 20, total >= header, total <= packet.count else { throw .malformed }
        if packet[9] == 1 { throw .icmp }
        // Neither a fragment offset nor more fragments.
        guard packet[9] == 17, packet.bigEndianUInt16(at: 6) & 0x3FFF == 0, total >= header + 8 else {
            throw .malformed
        }
        let length = Int(packet.bigEndianUInt16(at: header + 4))
        guard length >= 8, header + length <= total else { throw .malformed }
        source = UDPEndpoint(
            IPv4Address(rawValue: packet.bigEndianUInt32(at: 12)),
            packet.bigEndianUInt16(at: header)
        )
        destination = UDPEndpoint(
            IPv4Address(rawValue: packet.bigEndianUInt32(at: 16)),
            packet.bigEndianUInt16(at: header + 2)
        )
        payload = header + 8..<header + length
    }

    /// Appends a packet with the payload that `body` appends; no UDP checksum, which IPv4 allows (RFC 768).
    package static func encode(
        from source: UDPEndpoint,
        to destination: UDPEndpoint,
        into output: inout OutputSpan<UInt8>,
        body: (inout OutputSpan<UInt8>) -> Void
    ) {
        let start = output.count
        output.append(bigEndian: UInt16(0x4500))
        output.append(bigEndian: UInt16(0))
        // Identification 0, don't fragment.
        output.append(bigEndian: UInt32(0x4000))
        // Time to live 64, UDP.
        output.append(bigEndian: UInt32(0x4011_0000))
        output.append(bigEndian: source.address.rawValue)
        output.append(bigEndian: destination.address.rawValue)
        output.append(bigEndian: source.port)
        output.append(bigEndian: destination.port)
        output.append(bigEndian: UInt32(0))
        body(&output)
        let total = output.count - start
        patch(&output, UInt16(truncatingIfNeeded: total), at: start + 2)
        patch(&output, UInt16(truncatingIfNeeded: total - 20), at: start + 24)
        var checksum = InternetChecksum()
        checksum.add(output.span.extracting(start..<start + 20))
        patch(&output, checksum.value, at: start + 10)
    }

    static func patch(_ output: inout OutputSpan<UInt8>, _ value: UInt16, at offset: Int) {
        var written = output.mutableSpan
        written[offset] = UInt8(truncatingIfNeeded: value >> 8)
        written[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
