/// A bubble: an IPv6 header with next header 59 and no payload (RFC 4380 section 2.8).
public struct TeredoBubble: Hashable, Sendable {
    /// The IPv6 source.
    public let source: IPv6Address
    /// The IPv6 destination.
    public let destination: IPv6Address
    /// The hop limit; receivers must not insist on a value.
    public let hopLimit: UInt8

    /// The length without trailers, 40 octets.
    public static let length = TeredoConstants.ipv6HeaderLength

    /// Makes a bubble.
    public init(source: IPv6Address, destination: IPv6Address, hopLimit: UInt8 = 255) {
        self.source = source
        self.destination = destination
        self.hopLimit = hopLimit
    }

    /// Appends the 40 octets.
    public func encode(into output: inout OutputSpan<UInt8>) {
        IPv6Header(
            payloadLength: 0,
            nextHeader: IPv6Header.NextHeader.none,
            hopLimit: hopLimit,
            source: source,
            destination: destination
        ).encode(into: &output)
    }
}
