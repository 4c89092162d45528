/// The origin indication: the endpoint from which a server received a packet (RFC 4380 section 5.1.1).
public struct OriginIndication: Hashable, Sendable {
    /// The endpoint in clear; on the wire every bit is inverted.
    public let endpoint: UDPEndpoint

    /// The length on the wire, 8 octets.
    public static let length = 8

    /// Makes an origin indication for `endpoint`.
    public init(_ endpoint: UDPEndpoint) {
        self.endpoint = endpoint
    }

    /// Reads the 8 octets at the start of `bytes`; fails when they are missing or do not begin with 00 00.
    public init(parsing bytes: Span<UInt8>) throws(WireError) {
        guard bytes.count >= Self.length else { throw .truncated(needed: Self.length, available: bytes.count) }
        guard bytes[0] == 0, bytes[1] == 0 else { throw .wrongIndicator }
        endpoint = UDPEndpoint(IPv4Address(rawValue: ~bytes.bigEndianUInt32(at: 4)), ~bytes.bigEndianUInt16(at: 2))
    }

    /// Appends the 8 octets.
    public func encode(into output: inout OutputSpan<UInt8>) {
        output.append(bigEndian: UInt16(0))
        output.append(bigEndian: ~endpoint.port)
        output.append(bigEndian: ~endpoint.address.rawValue)
    }
}
