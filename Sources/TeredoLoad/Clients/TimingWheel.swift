/// When which client has something to do: one slot for each millisecond of a bit more than a minute, and lists that hang
/// together by links in the records, so that it costs the same whatever the number of clients.
///
/// What is further ahead than a minute comes up after that minute, and is scheduled again.
struct TimingWheel: Sendable {
    private static let horizon: UInt32 = 60_000

    private var heads = [UInt32](repeating: ClientRecord.none, count: 1 << 16)
    /// The millisecond whose slot is emptied.
    private(set) var cursor: UInt32 = 0

    /// The octets that it takes.
    var octets: Int { heads.count * MemoryLayout<UInt32>.stride }

    /// Enters a client, which must not be entered yet, for a time; one that has passed is due at once.
    mutating func schedule(_ client: Int, at time: UInt32, in records: inout [ClientRecord]) {
        let slot = UInt16(truncatingIfNeeded: min(max(time, cursor), cursor + Self.horizon))
        let next = heads[Int(slot)]
        records[client].slot = slot
        records[client].next = next
        records[client].previous = ClientRecord.none
        if next != ClientRecord.none { records[Int(next)].previous = UInt32(client) }
        heads[Int(slot)] = UInt32(client)
    }

    /// Takes a client out that was entered.
    mutating func cancel(_ client: Int, in records: inout [ClientRecord]) {
        let (next, previous) = (records[client].next, records[client].previous)
        if previous == ClientRecord.none {
            heads[Int(records[client].slot)] = next
        } else {
            records[Int(previous)].next = next
        }
        if next != ClientRecord.none { records[Int(next)].previous = previous }
    }

    /// Takes out a client whose time has come at `now`; `nil` when there is none.
    mutating func pop(now: UInt32, in records: inout [ClientRecord]) -> Int? {
        while true {
            let head = heads[Int(cursor & 0xFFFF)]
            if head != ClientRecord.none {
                guard cursor <= now else { return nil }
                cancel(Int(head), in: &records)
                return Int(head)
            }
            guard cursor < now else { return nil }
            cursor += 1
        }
    }

    /// A time before which ``pop(now:in:)`` has nothing to give, at most `limit` milliseconds ahead.
    func nextTime(limit: UInt32) -> UInt32 {
        (cursor..<cursor + limit).first { heads[Int($0 & 0xFFFF)] != ClientRecord.none } ?? cursor + limit
    }
}
