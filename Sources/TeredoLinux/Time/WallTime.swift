/// A moment by the clock on the wall, which people can set: it dates what is shown and kept, and no deadline goes by it.
package struct WallTime: Hashable, Sendable {
    /// The time since 1970-01-01 00:00 UTC, leap seconds left out.
    package let sinceEpoch: Duration

    /// Makes a moment from the time since 1970-01-01 00:00 UTC.
    package init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    /// The moment `duration` later.
    package static func + (time: Self, duration: Duration) -> Self { Self(sinceEpoch: time.sinceEpoch + duration) }

    /// The moment `duration` earlier.
    package static func - (time: Self, duration: Duration) -> Self { Self(sinceEpoch: time.sinceEpoch - duration) }
}

extension WallTime: Comparable {
    /// Orders moments by time.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }
}
