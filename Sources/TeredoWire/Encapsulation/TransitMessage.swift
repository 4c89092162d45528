/// What clients, transit relays and servers say to each other about transit, as a trailer of a bubble
/// (docs/transit.md section 3): kind, three octets 0, nonce and value.
public struct TransitMessage: Hashable, Sendable {
    /// The kinds of message.
    public enum Kind: UInt8, Hashable, Sendable {
        /// Client to relay: carry packets between me and the destination of this bubble; the value is a cookie or 0.
        case open = 1
        /// Relay to client: show that you receive this; the value is a cookie.
        case challenge = 2
        /// Relay to client: packets between you and the source of this bubble are carried now.
        case ready = 3
        /// Relay to client: a packet to the source of this bubble was not carried.
        case closed = 4
        /// Client to client, through the relay: the last one that goes this way.
        case mark = 5
        /// Client to client: the mark arrived, and packets from you are accepted directly.
        case markReceived = 6
        /// Relay to client, through its server: the client in the sender trailer asks for you.
        case invitation = 9
        /// Client to server: is there a transit relay?
        case query = 7
        /// Server to client: there is; the value is its endpoint.
        case announcement = 8
    }

    /// The kind.
    public let kind: Kind
    /// What ties an answer to its question.
    public let nonce: UInt64
    /// A cookie, an endpoint, or 0.
    public let value: UInt64

    /// The length of the trailer's value in octets.
    public static let length = 20

    /// Makes a message.
    public init(_ kind: Kind, nonce: UInt64, value: UInt64 = 0) {
        self.kind = kind
        self.nonce = nonce
        self.value = value
    }

    /// The announcement of a relay.
    public init(announcing relay: UDPEndpoint, nonce: UInt64) {
        self.init(.announcement, nonce: nonce, value: UInt64(relay.address.rawValue) << 32 | UInt64(relay.port) << 16)
    }

    /// The endpoint in the value of an announcement.
    public var endpoint: UDPEndpoint {
        UDPEndpoint(
            IPv4Address(rawValue: UInt32(truncatingIfNeeded: value >> 32)),
            UInt16(truncatingIfNeeded: value >> 16)
        )
    }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.length, let kind = Kind(rawValue: bytes[0]) else { return nil }
        self.init(kind, nonce: bytes.bigEndianUInt64(at: 4), value: bytes.bigEndianUInt64(at: 12))
    }

    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(bigEndian: UInt32(kind.rawValue) << 24)
        output.append(bigEndian: nonce)
        output.append(bigEndian: value)
    }
}
