import TeredoWire

/// How often a router may say that it forwards another port than before, or one again: each time is told, written down and tried.
///
/// A router that gives a new answer with every datagram would otherwise fill the log, and have files written all the time.
struct ChangePace: Sendable {
    private var left = Self.burst
    /// When the last one that came back did so; `nil` while none is missing.
    private var refilled: ProtocolInstant?

    /// Takes one if there is one left.
    mutating func take(now: ProtocolInstant) -> Bool {
        if let refilled {
            let count = min(Self.burst - left, Int((now - refilled) / Self.pause))
            left += count
            self.refilled = left == Self.burst ? nil : refilled + Self.pause * count
        }
        guard left > 0 else { return false }
        left -= 1
        if refilled == nil { refilled = now }
        return true
    }

    private static let burst = 8
    private static let pause = Duration.seconds(60)
}
