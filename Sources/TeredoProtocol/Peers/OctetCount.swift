/// Octets of packets that came from and went to a peer.
package struct OctetCount: Hashable, Sendable {
    /// Those that came.
    package var received: UInt64
    /// Those that went.
    package var sent: UInt64

    /// Makes a count, of nothing by default.
    package init(received: UInt64 = 0, sent: UInt64 = 0) {
        self.received = received
        self.sent = sent
    }

    /// Both counts together.
    package static func + (left: Self, right: Self) -> Self {
        Self(received: left.received &+ right.received, sent: left.sent &+ right.sent)
    }

    /// What came to the left one since it was the right one.
    package static func - (left: Self, right: Self) -> Self {
        Self(received: left.received &- right.received, sent: left.sent &- right.sent)
    }
}
