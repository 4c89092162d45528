import TeredoWire

/// An ICMPv6 echo message whose data are eight octets again and again, so that each of them can be checked without any copy of
/// what was sent.
struct TaggedEcho: Hashable, Sendable {
    let source: IPv6Address
    let destination: IPv6Address
    let identifier: UInt16
    let sequenceNumber: UInt16

    /// Appends a request with `count` octets of data, 8 or more.
    func encodeRequest(tag: UInt64, count: Int, into output: inout OutputSpan<UInt8>) {
        IPv6Header(
            payloadLength: 8 + count,
            nextHeader: IPv6Header.NextHeader.icmpv6,
            hopLimit: 64,
            source: source,
            destination: destination
        ).encode(into: &output)
        let message = output.count
        output.append(ICMPv6.echoRequest)
        output.append(0)
        output.append(bigEndian: UInt16(0))
        output.append(bigEndian: identifier)
        output.append(bigEndian: sequenceNumber)
        for _ in 0..<count / 8 { output.append(bigEndian: tag) }
        for position in 0..<count % 8 { output.append(Self.octet(position, of: tag)) }
        let checksum = InternetChecksum.icmpv6(
            output.span.extracting(message..<output.count),
            source: source,
            destination: destination
        )
        IPv4Envelope.patch(&output, checksum, at: message + 2)
    }

    /// Reads an echo reply right behind its IPv6 header, with the right checksum; `nil` for anything else.
    init?(reply packet: Span<UInt8>, _ header: IPv6Header) {
        guard header.nextHeader == IPv6Header.NextHeader.icmpv6, packet.count >= 48, packet[40] == ICMPv6.echoReply,
            packet[41] == 0
        else { return nil }
        let message = packet.extracting(40..<packet.count)
        guard InternetChecksum.icmpv6(message, source: header.source, destination: header.destination) == 0 else {
            return nil
        }
        source = header.source
        destination = header.destination
        identifier = message.bigEndianUInt16(at: 4)
        sequenceNumber = message.bigEndianUInt16(at: 6)
    }

    init(source: IPv6Address, destination: IPv6Address, identifier: UInt16, sequenceNumber: UInt16) {
        self.source = source
        self.destination = destination
        self.identifier = identifier
        self.sequenceNumber = sequenceNumber
    }

    /// Whether the data of a reply are `count` octets with `tag`.
    static func hasData(_ packet: Span<UInt8>, tag: UInt64, count: Int) -> Bool {
        guard packet.count == 48 + count else { return false }
        for word in 0..<count / 8 where packet.bigEndianUInt64(at: 48 + word * 8) != tag { return false }
        let rest = 48 + count / 8 * 8
        for position in 0..<count % 8 where packet[rest + position] != octet(position, of: tag) { return false }
        return true
    }

    private static func octet(_ position: Int, of tag: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: tag >> UInt64(56 - position * 8))
    }
}
