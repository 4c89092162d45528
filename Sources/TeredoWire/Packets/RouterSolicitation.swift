/// A router solicitation from a Teredo client to its server (RFC 4380 section 5.2.1).
public struct RouterSolicitation: Hashable, Sendable {
    /// The client's link-local address; its cone bit asks for an answer from another server address.
    public let source: IPv6Address

    /// The length that we send: 40 octets and an 8-octet message.
    public static let length = TeredoConstants.ipv6HeaderLength + 8

    /// Makes a solicitation from the link-local address `source`.
    public init(source: IPv6Address) {
        self.source = source
    }

    /// Reads and checks the IPv6 packet of a solicitation as a server must (RFC 4380 section 5.3.2); fails
    /// with the field that forbids to answer it.
    ///
    /// Any well-formed options are tolerated, as Windows XP sends one.
    public init(validating packet: Span<UInt8>) throws(WireError) {
        let header = try ICMPv6.validate(packet, type: ICMPv6.routerSolicitation, minimumLength: 8)
        guard header.source.isLinkLocal else { throw .invalidField(.source) }
        guard header.destination == .allRouters else { throw .invalidField(.destination) }
        guard header.hopLimit == 255 else { throw .invalidField(.hopLimit) }
        guard packet[41] == 0 else { throw .invalidField(.code) }
        try ICMPv6.forEachOption(in: packet, from: 48, to: header.packetLength) { _, _ throws(WireError) in }
        source = header.source
    }

    /// Whether the client asks for an answer from another address than the one it solicited.
    public var coneBit: Bool { TeredoLinkLocal.coneBit(of: source) }

    /// Appends the IPv6 packet.
    public func encode(into output: inout OutputSpan<UInt8>) {
        ICMPv6.encodePacket(
            type: ICMPv6.routerSolicitation,
            code: 0,
            source: source,
            destination: .allRouters,
            hopLimit: 255,
            bodyLength: 4,
            into: &output
        ) { $0.append(bigEndian: UInt32(0)) }
    }
}
