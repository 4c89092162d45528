public import TeredoWire

/// One packet of a run: who sent it, what it meant and what became of it.
public struct TraceEntry: Hashable, Sendable {
    /// What became of a packet.
    public enum Outcome: Hashable, Sendable {
        /// Still under way.
        case underWay
        /// It reached the node.
        case delivered(to: String)
        /// It was lost, and where or why.
        case lost(String)
    }

    /// When it left.
    public let time: ProtocolInstant
    /// The node that sent it.
    public let sender: String
    /// The outer IPv4 endpoints as sent; `nil` for native IPv6.
    public let endpoints: Endpoints?
    /// The UDP payload, or the IPv6 packet.
    public let bytes: [UInt8]
    /// The meaning in words.
    public let meaning: String
    /// The node that it was on its way to when a link lost it.
    public internal(set) var target: String?
    /// What became of it.
    public internal(set) var outcome = Outcome.underWay

    /// Outer source and destination.
    public struct Endpoints: Hashable, Sendable {
        /// The source.
        public let source: UDPEndpoint
        /// The destination.
        public let destination: UDPEndpoint

        /// Makes a pair of endpoints.
        public init(source: UDPEndpoint, destination: UDPEndpoint) {
            self.source = source
            self.destination = destination
        }
    }

    /// Makes an entry, for traces that come from elsewhere than a simulation.
    public init(
        time: ProtocolInstant,
        sender: String,
        endpoints: Endpoints?,
        bytes: [UInt8],
        meaning: String,
        outcome: Outcome = .underWay
    ) {
        self.time = time
        self.sender = sender
        self.endpoints = endpoints
        self.bytes = bytes
        self.meaning = meaning
        self.outcome = outcome
    }

    /// What it is for.
    public var kind: PacketKind {
        endpoints.map { PacketKind(datagram: bytes, to: $0.destination) } ?? PacketKind(packet: bytes)
    }

    /// The node that it reached, if it did.
    public var receiver: String? {
        if case .delivered(let name) = outcome { name } else { nil }
    }

    /// A short line such as `client A → server: router solicitation`.
    public var summary: String {
        switch outcome {
        case .delivered(let name): "\(sender) → \(name): \(meaning)"
        case .lost(let place): "\(sender) → (\(place)): \(meaning)"
        case .underWay: "\(sender) → …: \(meaning)"
        }
    }
}
