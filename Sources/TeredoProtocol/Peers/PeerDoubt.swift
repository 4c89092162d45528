import TeredoWire

/// Word from the network that a peer in use is not reached any more.
///
/// Anybody can send such word (RFC 5927): it makes the peer be asked at once, and only its silence closes the path (SEC-38).
struct PeerDoubt: Sendable {
    /// When the first error came.
    let since: ProtocolInstant
    /// What was said.
    let kind: ICMPv4Error.Kind
    /// The packet of the host that was quoted, as much of it as there is; empty when it was none.
    let packet: [UInt8]
    /// How often the peer was asked since.
    private(set) var questions = 0
    /// Whether further errors came, about what was sent after the first one.
    private(set) var isRepeated = false

    init(_ kind: ICMPv4Error.Kind, about packet: [UInt8], now: ProtocolInstant) {
        since = now
        self.kind = kind
        self.packet = packet
    }

    /// One more error came.
    mutating func `repeat`() { isRepeated = true }

    /// The peer was asked for a sign of life, or may not be asked any more.
    mutating func countQuestion() { questions += 1 }

    /// Whether the silence of the peer counts: it was asked, and word came again, or it was asked twice.
    var isSettled: Bool { questions > 0 && isRepeated || questions >= Self.questionLimit }

    /// What the host is told.
    var meaning: ICMPv6Error { ICMPv6Error(kind) }

    private static let questionLimit = 2
    /// For how long packets for a peer that fell silent so are refused at once.
    static let quietTime = Duration.seconds(5)
    /// How long ago a datagram may have left that an error is about.
    static let memory = Duration.seconds(10)

    /// How long a sign of life may take when it takes `roundTrip` usually.
    static func patience(_ roundTrip: Duration?) -> Duration {
        guard let roundTrip else { return .seconds(1) }
        return max(.milliseconds(300), min(roundTrip * 3 / 2, .milliseconds(7500)))
    }
}

extension ICMPv6Error {
    /// What a sender of IPv6 is told about a tunnel whose far end is not reached (RFC 2473 section 8).
    init(_ kind: ICMPv4Error.Kind) { self = kind == .prohibited ? .administrativelyProhibited : .addressUnreachable }
}
