/// A trailer behind the IPv6 packet of a bubble: type, length and value (RFC 6081 section 4).
public enum Trailer: Hashable, Sendable {
    /// Nonce (type 0x01, 4 octets); 0 stands for "none" in a peer entry and is never sent.
    case nonce(UInt32)
    /// Alternate addresses (type 0x03, 8, 14, 20 or 26 octets): one to four endpoints, not obfuscated.
    case alternateAddresses([UDPEndpoint])
    /// Neighbour discovery option (type 0x04, 4 octets).
    case neighborDiscovery(NeighborDiscovery)
    /// Random port (type 0x05, 2 octets), not obfuscated.
    case randomPort(UInt16)
    /// Sender (type 0x81, 16 octets, of this project): the Teredo address of whoever sent a bubble with a link-local
    /// source (docs/trailers.md).
    case sender(IPv6Address)
    /// Transit (type 0x82, 20 octets, of this project; docs/transit.md section 3).
    case transit(TransitMessage)
    /// Source proof (type 0x83, 8 octets, of this project): what a server gives to a relay, and the relay returns with its
    /// bubbles (docs/trailers.md).
    case sourceProof(UInt64)
    /// Relay siblings (type 0x84, 8 to 56 octets, of this project): which relays speak for the hosts that one speaks for
    /// (docs/fleet.md section 3).
    case relaySiblings(RelaySiblings)
    /// Transit relay (type 0x85, 10 octets, of this project): through which relay the sender of an indirect bubble can be reached
    /// when there is no direct way, and the nonce of the receiver's last indirect bubble (docs/transit.md section 4).
    case transitRelay(UDPEndpoint, returning: UInt32)
    /// A trailer of another type, or of a known type with a length that does not fit, kept as it came.
    case opaque(type: UInt8, value: [UInt8])

    /// The discovery types of the neighbour discovery option.
    public enum NeighborDiscovery: UInt8, Hashable, Sendable {
        /// A solicitation, to be answered with an advertisement.
        case solicitation = 0
        /// An advertisement.
        case advertisement = 1
    }

    /// The trailer types of RFC 6081 section 4.
    public enum TypeCode {
        /// Nonce.
        public static let nonce: UInt8 = 0x01
        /// The number that RFC 6081 section 9 lists for the random port against its own section 4.5; read as unknown.
        public static let randomPortMisprint: UInt8 = 0x02
        /// Alternate address.
        public static let alternateAddress: UInt8 = 0x03
        /// Neighbour discovery option.
        public static let neighborDiscovery: UInt8 = 0x04
        /// Random port.
        public static let randomPort: UInt8 = 0x05
        /// Sender: a type that nodes without it skip.
        public static let sender: UInt8 = 0x81
        /// Transit: a type that nodes without it skip.
        public static let transit: UInt8 = 0x82
        /// Source proof: a type that nodes without it skip.
        public static let sourceProof: UInt8 = 0x83
        /// Relay siblings: a type that nodes without it skip.
        public static let relaySiblings: UInt8 = 0x84
        /// Transit relay: a type that nodes without it skip.
        public static let transitRelay: UInt8 = 0x85
    }

    /// The type octet.
    public var type: UInt8 {
        switch self {
        case .nonce: TypeCode.nonce
        case .alternateAddresses: TypeCode.alternateAddress
        case .neighborDiscovery: TypeCode.neighborDiscovery
        case .randomPort: TypeCode.randomPort
        case .sender: TypeCode.sender
        case .transit: TypeCode.transit
        case .sourceProof: TypeCode.sourceProof
        case .relaySiblings: TypeCode.relaySiblings
        case .transitRelay: TypeCode.transitRelay
        case .opaque(let type, _): type
        }
    }

    /// The length of type, length and value in octets.
    public var length: Int {
        switch self {
        case .nonce, .neighborDiscovery: 6
        case .alternateAddresses(let endpoints): 4 + 6 * endpoints.count
        case .randomPort: 4
        case .sender: 18
        case .transit: 2 + TransitMessage.length
        case .sourceProof: Self.sourceProofLength
        case .relaySiblings(let siblings): 2 + siblings.length
        case .transitRelay: 12
        case .opaque(_, let value): 2 + value.count
        }
    }

    /// The length of a source proof in octets, type and length included.
    public static let sourceProofLength = 10

    /// Whether a receiver that does not know the type must discard the whole packet: the top two bits are 01.
    public static func requiresDiscard(ofUnknown type: UInt8) -> Bool { type >> 6 == 1 }

    /// Appends the trailer; values must be within the lengths of their type.
    public func encode(into output: inout OutputSpan<UInt8>) {
        output.append(type)
        output.append(UInt8(length - 2))
        switch self {
        case .nonce(let nonce):
            output.append(bigEndian: nonce)
        case .alternateAddresses(let endpoints):
            output.append(bigEndian: UInt16(0))
            for endpoint in endpoints {
                output.append(bigEndian: endpoint.address.rawValue)
                output.append(bigEndian: endpoint.port)
            }
        case .neighborDiscovery(let discovery):
            output.append(bigEndian: UInt32(discovery.rawValue) << 24)
        case .randomPort(let port):
            output.append(bigEndian: port)
        case .sender(let address):
            output.append(address)
        case .transit(let message):
            message.encode(into: &output)
        case .sourceProof(let proof):
            output.append(bigEndian: proof)
        case .relaySiblings(let siblings):
            siblings.encode(into: &output)
        case .transitRelay(let endpoint, let nonce):
            output.append(bigEndian: nonce)
            output.append(bigEndian: endpoint.address.rawValue)
            output.append(bigEndian: endpoint.port)
        case .opaque(_, let value):
            output.append(copying: value.span)
        }
    }

    init(type: UInt8, value: Span<UInt8>) {
        switch (type, value.count) {
        case (TypeCode.nonce, 4):
            self = .nonce(value.bigEndianUInt32(at: 0))
        case (TypeCode.alternateAddress, 8), (TypeCode.alternateAddress, 14), (TypeCode.alternateAddress, 20),
            (TypeCode.alternateAddress, 26):
            self = .alternateAddresses(
                stride(from: 2, to: value.count, by: 6).map { offset in
                    UDPEndpoint(
                        IPv4Address(rawValue: value.bigEndianUInt32(at: offset)),
                        value.bigEndianUInt16(at: offset + 4)
                    )
                }
            )
        case (TypeCode.neighborDiscovery, 4):
            self =
                NeighborDiscovery(rawValue: value[0]).map(Self.neighborDiscovery)
                ?? .opaque(type: type, value: value.copyAll())
        case (TypeCode.randomPort, 2):
            self = .randomPort(value.bigEndianUInt16(at: 0))
        case (TypeCode.sender, 16):
            self = .sender(value.ipv6Address(at: 0))
        case (TypeCode.transit, TransitMessage.length):
            self = TransitMessage(value).map(Self.transit) ?? .opaque(type: type, value: value.copyAll())
        case (TypeCode.sourceProof, 8):
            self = .sourceProof(value.bigEndianUInt64(at: 0))
        case (TypeCode.transitRelay, 10):
            self = .transitRelay(
                UDPEndpoint(IPv4Address(rawValue: value.bigEndianUInt32(at: 4)), value.bigEndianUInt16(at: 8)),
                returning: value.bigEndianUInt32(at: 0)
            )
        case (TypeCode.relaySiblings, _):
            self = RelaySiblings(value).map(Self.relaySiblings) ?? .opaque(type: type, value: value.copyAll())
        default:
            self = .opaque(type: type, value: value.copyAll())
        }
    }
}
