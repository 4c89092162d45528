import TeredoControl
import TeredoWire

/// How often what another program changes is put back: a few times at once, and then with growing pauses, so that two
/// programs do not undo each other's work for ever.
struct RestorationPace: Sendable {
    private var records: [InterfaceFault.Kind: Record] = [:]

    private struct Record {
        /// How many times it was put back in a row.
        var count = 0
        var last: ProtocolInstant
        /// The least time to the next one.
        var pause = Duration.zero

        var next: ProtocolInstant { last + pause }
    }

    /// Makes a pace at which nothing was put back yet.
    init() {}

    /// When something of this kind may be put back again; `nil` for at once.
    func nextAttempt(_ kind: InterfaceFault.Kind, now: ProtocolInstant) -> ProtocolInstant? {
        records[kind].flatMap { $0.next > now ? $0.next : nil }
    }

    /// Whether something of this kind is put back again and again.
    func isContested(_ kind: InterfaceFault.Kind) -> Bool { records[kind].map { $0.pause > .zero } ?? false }

    /// Notes that something of this kind is put back now.
    mutating func record(_ kind: InterfaceFault.Kind, now: ProtocolInstant) {
        var record = records[kind] ?? Record(last: now)
        if now - record.last > max(Self.calm, record.pause * 2) { record = Record(last: now) }
        record.count += 1
        record.last = now
        if record.count >= Self.burst {
            record.pause = record.pause == .zero ? Self.firstPause : min(record.pause * 2, Self.longestPause)
        }
        records[kind] = record
    }

    /// How many times it is put back without a pause.
    static let burst = 10
    static let firstPause = Duration.seconds(10)
    static let longestPause = Duration.seconds(300)
    /// After this time without a change, or twice the pause, the changes before count no more.
    static let calm = Duration.seconds(30)
}
