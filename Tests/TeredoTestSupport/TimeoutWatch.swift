package import TeredoWire

/// Notices a machine that names a moment that is over for its next work again and again: its owner would never sleep.
package struct TimeoutWatch {
    private var last: ProtocolInstant?
    private var count = 0

    /// Makes a watch that has seen nothing.
    package init() {}

    /// Notes that a machine does what is due at `now`; returns whether it did so too often at that moment.
    package mutating func isStuck(at now: ProtocolInstant) -> Bool {
        count = now == last ? count + 1 : 0
        last = now
        return count >= Self.limit
    }

    private static let limit = 1000
}
