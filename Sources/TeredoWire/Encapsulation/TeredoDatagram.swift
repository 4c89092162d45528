/// The layout of a received UDP payload, validated once: authentication?, origin?, IPv6 packet, trailers (V1).
public struct TeredoDatagram: Hashable, Sendable {
    /// The authentication encapsulation, when the datagram begins with one; its offsets count from the first octet.
    public let authentication: AuthenticationLayout?
    /// The origin indication, when there is one.
    public let origin: OriginIndication?
    /// The header of the IPv6 packet.
    public let header: IPv6Header
    /// Where the IPv6 packet lies: 40 octets and the payload.
    public let packet: Range<Int>
    /// Where the trailers of RFC 6081 lie; empty when there are none.
    public let trailers: Range<Int>

    /// Validates `bytes`; never allocates and never traps, whatever they are (rule V1, SEC-37).
    ///
    /// Fails when an encapsulation or the IPv6 packet is longer than the bytes, and when that packet is none (`.notIPv6`,
    /// `.jumbogram`). Trailers are read by ``TrailerList``.
    public init(validating bytes: Span<UInt8>) throws(WireError) {
        guard bytes.count >= 2 else { throw .truncated(needed: 2, available: bytes.count) }
        var offset = 0
        if bytes[0] == 0, bytes[1] == 1 {
            let layout = try AuthenticationLayout(validating: bytes)
            authentication = layout
            offset = layout.length
        } else {
            authentication = nil
        }
        if bytes.count >= offset + 2, bytes[offset] == 0, bytes[offset + 1] == 0 {
            origin = try OriginIndication(parsing: bytes.extracting(offset..<bytes.count))
            offset += OriginIndication.length
        } else {
            origin = nil
        }
        header = try IPv6Header(validating: bytes.extracting(offset..<bytes.count))
        packet = offset..<offset + header.packetLength
        trailers = packet.upperBound..<bytes.count
    }

    /// Whether the datagram is the IPv6 packet alone: no authentication and no origin.
    public var isPlain: Bool { packet.lowerBound == 0 }
}
