/// What became of a ping.
public enum PingOutcome: Hashable, Sendable {
    /// The reply came after this time.
    case reply(Duration)
    /// An ICMPv6 error came after this time.
    case unreachable(after: Duration)
    /// Nothing came.
    case timeout
    /// The sender or the receiver has no address.
    case noAddress

    /// Whether a reply came.
    public var isReply: Bool { if case .reply = self { true } else { false } }
}
