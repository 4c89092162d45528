/// What an ICMPv4 error quotes of the payload of a datagram of ours: its beginning, as much or as little of it as the reporter
/// gave.
public struct QuotedDatagram: Hashable, Sendable {
    /// The nonce of the authentication in front of a solicitation; `nil` when there was none, or it is cut off.
    public let authenticationNonce: UInt64?
    /// The source in the IPv6 header; `nil` when the header is not whole.
    public let source: IPv6Address?
    /// The destination in the IPv6 header; `nil` when the header is not whole.
    public let destination: IPv6Address?
    /// The octets of the IPv6 packet, header included, as far as they are there.
    public let packet: Range<Int>
    /// Whether the packet is a bubble.
    public let isBubble: Bool

    /// Whether nothing is known of what was quoted: many reporters give 8 octets, the header of UDP, as RFC 792 says.
    public var isEmpty: Bool { authenticationNonce == nil && destination == nil }

    /// Reads the beginning of a payload; nothing in it is believed, and nothing in it makes this fail.
    public init(_ octets: Span<UInt8>) {
        var start = 0
        var nonce: UInt64?
        // Authentication: two numbers, the lengths, identifier and value, then nonce and confirmation (RFC 4380 section 5.1.1).
        if octets.count >= 4, octets[0] == 0, octets[1] == 1 {
            let end = 4 + Int(octets[2]) + Int(octets[3]) + 8
            if octets.count >= end { nonce = octets.bigEndianUInt64(at: end - 8) }
            start = end + 1
        }
        authenticationNonce = nonce
        guard octets.count >= start + TeredoConstants.ipv6HeaderLength, octets[start] >> 4 == 6 else {
            source = nil
            destination = nil
            packet = 0..<0
            isBubble = false
            return
        }
        source = octets.ipv6Address(at: start + 8)
        destination = octets.ipv6Address(at: start + 24)
        let payload = octets.bigEndianUInt16(at: start + 4)
        isBubble = octets[start + 6] == IPv6Header.NextHeader.none && payload == 0
        packet = start..<octets.count
    }
}
