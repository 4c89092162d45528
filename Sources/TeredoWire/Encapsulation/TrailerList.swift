/// The trailers of a bubble in order of appearance (RFC 6081 section 4, TR-1).
public struct TrailerList: Hashable, Sendable {
    /// The trailers, first one first.
    public var trailers: [Trailer]

    /// Makes a list.
    public init(_ trailers: [Trailer] = []) {
        self.trailers = trailers
    }

    /// Walks the octets behind an IPv6 packet; fails when they forbid to use it.
    ///
    /// A malformed tail ends the walk and keeps what came before. An unknown type with the top bits 01, and an
    /// alternate address trailer of a wrong length, make the whole packet invalid (`.invalidField(.trailer)`).
    public init(parsing bytes: Span<UInt8>) throws(WireError) {
        trailers = []
        var offset = 0
        while bytes.count - offset >= 2 {
            let type = bytes[offset]
            let end = offset + 2 + Int(bytes[offset + 1])
            guard end <= bytes.count else { return }
            let trailer = Trailer(type: type, value: bytes.extracting(offset + 2..<end))
            if case .opaque = trailer {
                guard !Trailer.requiresDiscard(ofUnknown: type), type != Trailer.TypeCode.alternateAddress else {
                    throw .invalidField(.trailer)
                }
            }
            trailers.append(trailer)
            offset = end
        }
    }

    /// Whether one of the trailers in the octets behind an IPv6 packet is unknown and demands that the packet be discarded,
    /// whatever it is, data too (RFC 6081 section 4).
    public static func demandDiscard(in bytes: Span<UInt8>) -> Bool {
        var offset = 0
        while bytes.count - offset >= 2 {
            let end = offset + 2 + Int(bytes[offset + 1])
            guard end <= bytes.count else { return false }
            if Trailer.requiresDiscard(ofUnknown: bytes[offset]) { return true }
            offset = end
        }
        return false
    }

    /// The nonce of the first nonce trailer; `nil` when there is none or it is 0.
    public var nonce: UInt32? {
        for case .nonce(let nonce) in trailers where nonce != 0 { return nonce }
        return nil
    }

    /// The endpoints of the first alternate address trailer.
    public var alternates: [UDPEndpoint] {
        for case .alternateAddresses(let endpoints) in trailers { return endpoints }
        return []
    }

    /// The port of the first random port trailer; `nil` when there is none or it is 0.
    public var randomPort: UInt16? {
        for case .randomPort(let port) in trailers where port != 0 { return port }
        return nil
    }

    /// The first neighbour discovery option.
    public var neighborDiscovery: Trailer.NeighborDiscovery? {
        for case .neighborDiscovery(let discovery) in trailers { return discovery }
        return nil
    }

    /// The address of the first sender trailer.
    public var sender: IPv6Address? {
        for case .sender(let address) in trailers { return address }
        return nil
    }

    /// The message of the first transit trailer.
    public var transit: TransitMessage? {
        for case .transit(let message) in trailers { return message }
        return nil
    }

    /// The first source proof.
    public var sourceProof: UInt64? {
        for case .sourceProof(let proof) in trailers { return proof }
        return nil
    }

    /// The first relay siblings trailer.
    public var relaySiblings: RelaySiblings? {
        for case .relaySiblings(let siblings) in trailers { return siblings }
        return nil
    }

    /// The endpoint of the first transit relay trailer, and the nonce that it returns.
    public var transitRelay: (endpoint: UDPEndpoint, nonce: UInt32)? {
        for case .transitRelay(let endpoint, let nonce) in trailers { return (endpoint, nonce) }
        return nil
    }

    /// The length of all trailers in octets.
    public var length: Int { trailers.reduce(0) { $0 + $1.length } }

    /// Appends all trailers.
    public func encode(into output: inout OutputSpan<UInt8>) {
        for trailer in trailers { trailer.encode(into: &output) }
    }
}
