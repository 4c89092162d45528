package import TeredoHost
package import TeredoLinux
package import TeredoWire

/// The answer to `ping`: what came of one echo request.
package struct ControlPing: Hashable, Sendable {
    /// Which way packets went at the end.
    package var path: PingPath
    /// What came of the request.
    package var outcome = PingOutcome()

    /// Nothing came.
    package init(_ path: PingPath) {
        self.path = path
    }

    /// The reply came after `roundTrip`.
    package init(_ path: PingPath, roundTrip: Duration) {
        self.path = path
        outcome.answered = true
        outcome.roundTrip = roundTrip
    }

    /// Somebody could do nothing with the request.
    package init(_ path: PingPath, _ refusal: EchoRefusal, by source: IPv6Address?) {
        self.path = path
        outcome.cause = refusal.cause
        outcome.reason = refusal.reason
        outcome.source = source
    }
}

/// What came of an echo request.
package struct PingOutcome: Hashable, Sendable, Codable {
    /// Whether the reply came in time.
    package var answered = false
    /// How long that took.
    @JSONTimeIfKnown<Milliseconds> package var roundTrip: Duration?
    /// Why the request came to nothing, if anybody said so.
    package var cause: EchoRefusal.Cause?
    /// The same in the system's words.
    package var reason: String?
    /// Who said so; absent for the host of the role.
    package var source: IPv6Address?

    private enum CodingKeys: String, CodingKey {
        case answered
        case roundTrip = "roundTripMilliseconds"
        case cause, reason, source
    }
}

/// One object with the keys of both parts.
extension ControlPing: Codable {
    package init(from decoder: any Decoder) throws {
        path = try PingPath(from: decoder)
        outcome = try PingOutcome(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try path.encode(to: encoder)
        try outcome.encode(to: encoder)
    }
}
