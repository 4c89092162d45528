/// An ICMPv6 echo request or reply, as the direct IPv6 connectivity test uses them (RFC 4380 section 5.2.9).
public struct EchoMessage: Hashable, Sendable {
    /// Whether this is a request (type 128) or a reply (type 129).
    public enum Kind: Hashable, Sendable {
        /// Type 128.
        case request
        /// Type 129.
        case reply
    }

    /// Request or reply.
    public let kind: Kind
    /// The IPv6 source.
    public let source: IPv6Address
    /// The IPv6 destination.
    public let destination: IPv6Address
    /// The identifier.
    public let identifier: UInt16
    /// The sequence number.
    public let sequenceNumber: UInt16
    /// The data behind the sequence number.
    public let data: [UInt8]

    /// Makes a message.
    public init(
        kind: Kind,
        source: IPv6Address,
        destination: IPv6Address,
        identifier: UInt16,
        sequenceNumber: UInt16,
        data: [UInt8]
    ) {
        self.kind = kind
        self.source = source
        self.destination = destination
        self.identifier = identifier
        self.sequenceNumber = sequenceNumber
        self.data = data
    }

    /// Reads and checks the IPv6 packet of an echo message, behind extension headers too; the checksum must be right (rule
    /// V12) and the code 0.
    ///
    /// Fails with the first of these that does not hold.
    public init(validating packet: Span<UInt8>) throws(WireError) {
        guard packet.count > 40 else { throw .truncated(needed: 41, available: packet.count) }
        let header = try IPv6Header(validating: packet)
        let message = packet.extracting(try ICMPv6.messageRange(in: packet, header, minimumLength: 8))
        let type = message[0]
        guard type == ICMPv6.echoRequest || type == ICMPv6.echoReply else { throw .wrongType }
        guard message[1] == 0 else { throw .invalidField(.code) }
        self.init(
            kind: type == ICMPv6.echoRequest ? .request : .reply,
            source: header.source,
            destination: header.destination,
            identifier: message.bigEndianUInt16(at: 4),
            sequenceNumber: message.bigEndianUInt16(at: 6),
            data: message.copy(8..<message.count)
        )
    }

    /// The length of the IPv6 packet in octets.
    public var length: Int { 48 + data.count }

    /// The reply to this request: addresses swapped, everything else kept.
    public var reply: Self {
        Self(
            kind: .reply,
            source: destination,
            destination: source,
            identifier: identifier,
            sequenceNumber: sequenceNumber,
            data: data
        )
    }

    /// Appends the IPv6 packet.
    public func encode(hopLimit: UInt8 = 128, into output: inout OutputSpan<UInt8>) {
        ICMPv6.encodePacket(
            type: kind == .request ? ICMPv6.echoRequest : ICMPv6.echoReply,
            code: 0,
            source: source,
            destination: destination,
            hopLimit: hopLimit,
            bodyLength: 4 + data.count,
            into: &output
        ) { body in
            body.append(bigEndian: identifier)
            body.append(bigEndian: sequenceNumber)
            body.append(copying: data.span)
        }
    }
}
