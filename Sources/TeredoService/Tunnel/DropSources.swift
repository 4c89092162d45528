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
        let address: IPv4Address
        var count: UInt64
        /// By how much the count may be too large.
        let surplus: UInt64
        var reason: DropReason
    }

    private var current: [Entry] = []
    private var former: [Entry] = []
    private var since = ProtocolInstant(nanoseconds: 0)

    /// How many sources are remembered for each span.
    static let capacity = 64
    /// What happened in this span and in the one before is told.
    static let span = Duration.seconds(60)
    /// How many sources are told.
    static let limit = 16

    /// Remembers that a datagram from `source` was dropped.
    mutating func note(_ reason: DropReason, from source: IPv4Address, now: ProtocolInstant) {
        if now - since >= Self.span {
            former = now - since < Self.span * 2 ? current : []
            current = []
            since = now
        }
        var least = 0
        for index in current.indices {
            if current[index].address == source {
                current[index].count += 1
                current[index].reason = reason
                return
            }
            if current[index].count < current[least].count { least = index }
        }
        guard current.count == Self.capacity else {
            current.append(Entry(address: source, count: 1, surplus: 0, reason: reason))
            return
        }
        let count = current[least].count
        current[least] = Entry(address: source, count: count + 1, surplus: count, reason: reason)
    }

    /// The sources that were dropped most, at most ``limit``, the most frequent first.
    func most(now: ProtocolInstant) -> [DroppedSource] {
        let age = now - since
        let recent = age < Self.span * 2 ? current : []
        let older = age < Self.span ? former : []
        var sums: [IPv4Address: DroppedSource] = [:]
        for entry in older + recent {
            let count = entry.count - entry.surplus + (sums[entry.address]?.datagrams ?? 0)
            sums[entry.address] = DroppedSource(source: entry.address, datagrams: count, reason: entry.reason)
        }
        return Array(sums.values.sorted { ($1.datagrams, $0.source) < ($0.datagrams, $1.source) }.prefix(Self.limit))
    }
}
