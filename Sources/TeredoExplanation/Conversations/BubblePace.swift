import TeredoWire

/// How often one host sent bubbles to another (SEC-45).
struct BubblePace: Hashable {
    /// 2 s, less what clocks and captures make of it.
    private static let spacing = Duration.milliseconds(1900)
    private static let period = Duration.seconds(300)
    private static let limit = 4

    private struct Last: Hashable {
        let time: ProtocolInstant
        let source: UDPEndpoint
        let destination: UDPEndpoint
        let count: Int
        let start: ProtocolInstant
    }

    private var direct: Last?
    private var indirect: Last?

    /// The other one was heard: what comes next may be an answer.
    mutating func hear() {
        direct = nil
        indirect = nil
    }

    /// Takes a bubble, and says what is wrong with when it comes.
    mutating func note(
        isDirect: Bool,
        from source: UDPEndpoint,
        to destination: UDPEndpoint,
        time: ProtocolInstant
    ) -> Finding? {
        let last = isDirect ? direct : indirect
        var count = 1
        var start = time
        if let last, last.source == source, last.destination == destination, time - last.start < Self.period {
            count = last.count + 1
            start = last.start
        }
        let next = Last(time: time, source: source, destination: destination, count: count, start: start)
        if isDirect { direct = next } else { indirect = next }
        guard let last, count > 1 else { return nil }
        let gap = time - last.time
        if gap >= .zero, gap < Self.spacing {
            return Finding(.bubblePace, "the last one is \(gap / .milliseconds(1)) ms ago")
        }
        guard count == Self.limit + 1 else { return nil }
        return Finding(.bubblePace, "the fifth one within 300 s without an answer", weight: .remark)
    }
}
