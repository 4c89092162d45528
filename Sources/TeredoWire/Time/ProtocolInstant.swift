/// A point in monotonic time, passed in by the caller; machines own no clock.
public struct ProtocolInstant: Hashable, Sendable {
    /// Nanoseconds since an origin that the caller chose.
    public let nanoseconds: Int64

    /// Makes an instant from nanoseconds since the caller's origin.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The instant `duration` later; wraps only beyond 292 years.
    public static func + (instant: Self, duration: Duration) -> Self {
        Self(nanoseconds: instant.nanoseconds &+ duration.wholeNanoseconds)
    }

    /// The instant `duration` earlier.
    public static func - (instant: Self, duration: Duration) -> Self {
        Self(nanoseconds: instant.nanoseconds &- duration.wholeNanoseconds)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
    }

    /// The earlier one of two deadlines of which any may not be set.
    package static func earlier(_ first: Self?, _ second: Self?) -> Self? {
        guard let first else { return second }
        guard let second else { return first }
        return min(first, second)
    }
}

extension ProtocolInstant: Comparable {
    /// Orders instants by time.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}

extension Duration {
    /// The duration in nanoseconds, rounded towards zero.
    package var wholeNanoseconds: Int64 {
        let parts = components
        return parts.seconds &* 1_000_000_000 &+ parts.attoseconds / 1_000_000_000
    }
}
