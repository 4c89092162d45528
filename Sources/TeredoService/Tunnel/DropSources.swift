import TeredoControl
import TeredoProtocol
import TeredoWire

/// Whose datagrams are dropped most often, for whoever looks for the source of a flood.
///
/// Bounded, whatever comes: a table of ``capacity`` sources, in which the one that was dropped least makes room for a new one
/// (Space-Saving), so that whoever sends more than a 64th of what is dropped is in it. The new one takes over the count of the
/// one before it, by which its own may be too large: only what is certain is told, and a flood from ever new addresses puts
/// nobody to blame.
struct DropSources: Sendable {
    private struct Entry {
        let origin: DropOrigin
        var count: UInt64
        /// By how much the count may be too large.
        let surplus: UInt64
        var reason: DropReason
    }

    /// What was dropped in a span of time.
    private struct Span {
        var entries: [Entry] = []
        var total: UInt64 = 0
    }

    private var current = Span()
    private var former = Span()
    private var since = ProtocolInstant(nanoseconds: 0)

    /// How many sources are remembered for each span.
    static let capacity = 64
    /// What happened in this span and in the one before is told.
    static let span = Duration.seconds(60)
    /// How many sources are told.
    static let limit = 16
    /// With that many datagrams in a span a source is worth a line in the log: five a second.
    static let notable: UInt64 = 300

    /// Remembers that something from `origin` was dropped; returns whether that makes it notable in this span.
    @discardableResult
    mutating func note(_ reason: DropReason, from origin: DropOrigin, now: ProtocolInstant) -> Bool {
        if now - since >= Self.span {
            former = now - since < Self.span * 2 ? current : Span()
            current = Span()
            since = now
        }
        current.total += 1
        var least = 0
        for index in current.entries.indices {
            if current.entries[index].origin == origin {
                current.entries[index].count += 1
                current.entries[index].reason = reason
                return current.entries[index].count - current.entries[index].surplus == Self.notable
            }
            if current.entries[index].count < current.entries[least].count { least = index }
        }
        guard current.entries.count == Self.capacity else {
            current.entries.append(Entry(origin: origin, count: 1, surplus: 0, reason: reason))
            return false
        }
        let count = current.entries[least].count
        current.entries[least] = Entry(origin: origin, count: count + 1, surplus: count, reason: reason)
        return false
    }

    /// The sources of several tables that were dropped most, at most ``limit``, the most frequent first, with their shares of all.
    static func most(of tables: [Self], now: ProtocolInstant) -> [DroppedSource] {
        var sums: [DropOrigin: DroppedSource] = [:]
        var total: UInt64 = 0
        for span in tables.flatMap({ $0.spans(now: now) }) {
            total += span.total
            for entry in span.entries {
                let count = entry.count - entry.surplus + (sums[entry.origin]?.datagrams ?? 0)
                sums[entry.origin] = DroppedSource(source: entry.origin, datagrams: count, reason: entry.reason)
            }
        }
        let most = sums.values.sorted { ($1.datagrams, $0.source) < ($0.datagrams, $1.source) }.prefix(limit)
        return most.map { source in
            var source = source
            source.sharePercent = Int(source.datagrams * 100 / max(1, total))
            return source
        }
    }

    /// The spans that are not over for too long, the older one first.
    private func spans(now: ProtocolInstant) -> [Span] {
        let age = now - since
        return (age < Self.span ? [former] : []) + (age < Self.span * 2 ? [current] : [])
    }
}
