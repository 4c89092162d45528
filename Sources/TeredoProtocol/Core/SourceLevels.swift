import TeredoWire

/// How much each source took of late: levels that halve every 512 ms, in a table of fixed size whatever number of sources there is.
///
/// Each source has two places that a keyed hash chooses, and counts for the lower of them: it is taken for another only when
/// both are shared. Nothing grows and nothing is allocated.
struct SourceLevels: Sendable {
    private struct Level: Sendable {
        /// In thousandths of a token.
        var amount: UInt32 = 0
        /// In milliseconds.
        var updated: UInt32 = 0
    }

    /// Two rows, one behind the other.
    private var levels: [Level]
    private let bits: Int

    /// No source took anything; `bits` is the logarithm of the number of places in a row, 1 to 16.
    init(bits: Int) {
        self.bits = bits
        levels = Array(repeating: Level(), count: 2 << bits)
    }

    /// What the source with this keyed hash took, in thousandths of a token; its upper bits are used.
    func amount(_ hash: UInt64, now: ProtocolInstant) -> Int64 {
        let (first, second) = places(hash)
        let instant = Self.milliseconds(now)
        return min(Self.rest(levels[first], instant), Self.rest(levels[second], instant))
    }

    /// The source takes one token more.
    mutating func add(_ hash: UInt64, now: ProtocolInstant) {
        let (first, second) = places(hash)
        let instant = Self.milliseconds(now)
        add(at: first, instant)
        add(at: second, instant)
    }

    private mutating func add(at place: Int, _ instant: UInt32) {
        let amount = UInt32(clamping: Self.rest(levels[place], instant) + FairBucket.unit)
        levels[place] = Level(amount: amount, updated: instant)
    }

    private func places(_ hash: UInt64) -> (Int, Int) {
        let row = 1 << bits
        return (Int(hash >> (64 - bits)), row + (Int(hash >> (64 - 2 * bits)) & (row - 1)))
    }

    private static func milliseconds(_ now: ProtocolInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000)
    }

    private static func rest(_ level: Level, _ instant: UInt32) -> Int64 {
        let elapsed = Int64(instant &- level.updated)
        guard elapsed < 16 * halving else { return 0 }
        let halved = Int64(level.amount) >> (elapsed / halving)
        // A straight line between two halvings.
        return halved - halved * (elapsed % halving) / (2 * halving)
    }

    private static let halving: Int64 = 512
}
