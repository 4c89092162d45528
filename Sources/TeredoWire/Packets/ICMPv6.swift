/// The ICMPv6 types and codes that Teredo uses (RFC 4443, RFC 4861).
public enum ICMPv6 {
    /// Destination Unreachable.
    public static let destinationUnreachable: UInt8 = 1
    /// Packet Too Big.
    public static let packetTooBig: UInt8 = 2
    /// Time Exceeded.
    public static let timeExceeded: UInt8 = 3
    /// Echo Request.
    public static let echoRequest: UInt8 = 128
    /// Echo Reply.
    public static let echoReply: UInt8 = 129
    /// Router Solicitation.
    public static let routerSolicitation: UInt8 = 133
    /// Router Advertisement.
    public static let routerAdvertisement: UInt8 = 134
    /// Redirect, the last of the neighbour discovery types 133 to 137.
    public static let redirect: UInt8 = 137

    /// Whether `type` is an error message: types below 128.
    public static func isError(_ type: UInt8) -> Bool { type < 128 }
    /// Whether `type` belongs to neighbour discovery: 133 to 137 (SEC-05).
    public static func isNeighborDiscovery(_ type: UInt8) -> Bool { (routerSolicitation...redirect).contains(type) }

    /// Whether a packet, of which an error may quote no more than the first octets, is an echo request right behind its IPv6 header.
    package static func isEchoRequest(_ packet: Span<UInt8>) -> Bool {
        packet.count > 40 && packet[6] == IPv6Header.NextHeader.icmpv6 && packet[40] == echoRequest
    }

    /// Appends an IPv6 packet with an ICMPv6 message: header, type, code, checksum and `body`.
    ///
    /// The checksum is put in last, over what stands in the output: nothing is allocated.
    static func encodePacket(
        type: UInt8,
        code: UInt8,
        source: IPv6Address,
        destination: IPv6Address,
        hopLimit: UInt8,
        bodyLength: Int,
        into output: inout OutputSpan<UInt8>,
        body: (inout OutputSpan<UInt8>) -> Void
    ) {
        let message = output.count + TeredoConstants.ipv6HeaderLength
        IPv6Header(
            payloadLength: 4 + bodyLength,
            nextHeader: IPv6Header.NextHeader.icmpv6,
            hopLimit: hopLimit,
            source: source,
            destination: destination
        ).encode(into: &output)
        output.append(type)
        output.append(code)
        output.append(bigEndian: UInt16(0))
        body(&output)
        precondition(output.count == message + 4 + bodyLength, "the body must be as long as announced")
        let checksum = InternetChecksum.icmpv6(
            output.span.extracting(message..<output.count),
            source: source,
            destination: destination
        )
        var written = output.mutableSpan
        written[message + 2] = UInt8(truncatingIfNeeded: checksum >> 8)
        written[message + 3] = UInt8(truncatingIfNeeded: checksum)
    }

    /// Where the ICMPv6 message lies that a packet with this header holds as a whole, behind extension headers or not, if its checksum
    /// is right and it has at least `minimumLength` octets, 1 or more; fails otherwise.
    public static func messageRange(
        in packet: Span<UInt8>,
        _ header: IPv6Header,
        minimumLength: Int
    ) throws(WireError) -> Range<Int> {
        let packet = packet.extracting(0..<header.packetLength)
        let upperLayer = IPv6ExtensionHeaders.upperLayer(of: packet)
        guard upperLayer.protocolNumber == IPv6Header.NextHeader.icmpv6, upperLayer.part == .whole else {
            throw .wrongType
        }
        guard upperLayer.offset + minimumLength <= packet.count else {
            throw .truncated(needed: upperLayer.offset + minimumLength, available: packet.count)
        }
        let message = packet.extracting(upperLayer.offset..<packet.count)
        guard InternetChecksum.icmpv6(message, source: header.source, destination: header.destination) == 0 else {
            throw .wrongChecksum
        }
        return upperLayer.offset..<packet.count
    }

    /// Checks that `packet` holds an ICMPv6 message of `type` with a right checksum and at least `minimumLength` octets.
    static func validate(
        _ packet: Span<UInt8>,
        type: UInt8,
        minimumLength: Int
    ) throws(WireError) -> IPv6Header {
        let header = try IPv6Header(validating: packet)
        guard header.nextHeader == IPv6Header.NextHeader.icmpv6 else { throw .wrongType }
        guard Int(header.payloadLength) >= minimumLength else {
            throw .truncated(needed: 40 + minimumLength, available: header.packetLength)
        }
        guard packet[40] == type else { throw .wrongType }
        let message = packet.extracting(40..<header.packetLength)
        guard InternetChecksum.icmpv6(message, source: header.source, destination: header.destination) == 0 else {
            throw .wrongChecksum
        }
        return header
    }

    /// Walks the neighbour discovery options of a message; fails when one has length 0 or runs past the end.
    static func forEachOption(
        in packet: Span<UInt8>,
        from start: Int,
        to end: Int,
        _ body: (UInt8, Range<Int>) throws(WireError) -> Void
    ) throws(WireError) {
        var offset = start
        while offset < end {
            guard offset + 2 <= end else { throw .invalidField(.option) }
            let length = Int(packet[offset + 1]) * 8
            guard length > 0, offset + length <= end else { throw .invalidField(.option) }
            try body(packet[offset], offset..<offset + length)
            offset += length
        }
    }
}
