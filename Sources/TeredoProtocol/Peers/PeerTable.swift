import TeredoWire

/// The list of recent peers: bounded, keyed by the whole 128-bit address, least recently used first out.
///
/// Entries live in slots that never move; an open-addressed index with a secret multiplier finds them, so that remote
/// parties cannot choose colliding addresses. Two lists keep untrusted and trusted entries in order of use: an
/// untrusted entry goes before a trusted one, and a trusted one with traffic in the last 30 s never goes (SEC-30).
struct PeerTable: Sendable {
    /// A place in the table; good until the entry is removed.
    struct Index: Hashable, Sendable {
        fileprivate let slot: Int32
    }

    private struct Slot: Sendable {
        var address: IPv6Address
        var peer: Peer
        var previous: Int32 = none
        var next: Int32 = none
        var list: ListKind = .untrusted
        var generation: UInt32 = 0
        var isUsed = true
    }

    private enum ListKind: Int, Sendable {
        case untrusted = 0
        case trusted = 1
    }

    private struct List: Sendable {
        var oldest: Int32 = none
        var newest: Int32 = none
        var count = 0
    }

    private static let none: Int32 = -1

    let limit: Int
    private let multiplier: UInt64
    private let offset: UInt64
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var index: [Int32] = Array(repeating: none, count: 16)
    private var untrusted = List()
    private var trusted = List()

    /// An empty table for at most `limit` peers, at least 1.
    init(limit: Int, using generator: inout some RandomNumberGenerator) {
        self.limit = max(1, limit)
        multiplier = UInt64.random(in: .min ... .max, using: &generator) | 1
        offset = UInt64.random(in: .min ... .max, using: &generator)
    }

    var count: Int { untrusted.count + trusted.count }
    var trustedCount: Int { trusted.count }
    var untrustedCount: Int { untrusted.count }

    /// The entry for `address`, if there is one.
    func find(_ address: IPv6Address) -> Index? {
        let mask = index.count - 1
        var position = hash(address) & mask
        while index[position] != Self.none {
            let slot = index[position]
            if slots[Int(slot)].address == address { return Index(slot: slot) }
            position = (position + 1) & mask
        }
        return nil
    }

    subscript(index: Index) -> Peer {
        get { slots[Int(index.slot)].peer }
        _modify { yield &slots[Int(index.slot)].peer }
    }

    /// The address of an entry.
    func address(of index: Index) -> IPv6Address { slots[Int(index.slot)].address }

    /// Marks an entry as just used and moves it to the list that its trust asks for.
    mutating func touch(_ index: Index) {
        let kind: ListKind = slots[Int(index.slot)].peer.isTrusted ? .trusted : .untrusted
        unlink(index.slot)
        slots[Int(index.slot)].list = kind
        link(index.slot)
    }

    /// The entry that has to go before a new one may come in; `nil` while there is room.
    ///
    /// Returns `.failure` semantics through the flag: `isFull` with no candidate means that every entry is active.
    func candidateForEviction(now: ProtocolInstant) -> Index? {
        if untrusted.oldest != Self.none { return Index(slot: untrusted.oldest) }
        guard trusted.oldest != Self.none, !slots[Int(trusted.oldest)].peer.isActive(now: now) else { return nil }
        return Index(slot: trusted.oldest)
    }

    var isFull: Bool { count >= limit }

    /// Adds an entry; the address must not be there yet and the table must not be full.
    mutating func insert(_ peer: Peer, for address: IPv6Address) -> Index {
        precondition(!isFull, "evict before inserting")
        if (count + 1) * 4 > index.count * 3 { grow() }
        let slot: Int32
        if let reused = free.popLast() {
            let generation = slots[Int(reused)].generation
            slots[Int(reused)] = Slot(address: address, peer: peer, generation: generation)
            slot = reused
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(address: address, peer: peer))
        }
        slots[Int(slot)].list = peer.isTrusted ? .trusted : .untrusted
        place(slot)
        link(slot)
        return Index(slot: slot)
    }

    /// Removes an entry and returns it, with whatever it had queued.
    @discardableResult
    mutating func remove(_ entry: Index) -> Peer {
        let slot = entry.slot
        let peer = slots[Int(slot)].peer
        unlink(slot)
        removeFromIndex(slot)
        slots[Int(slot)].isUsed = false
        slots[Int(slot)].generation &+= 1
        slots[Int(slot)].peer = Peer(endpoint: UDPEndpoint(.unspecified, 0), now: peer.lastReception)
        free.append(slot)
        return peer
    }

    /// The oldest entry of each list, for expiry.
    var oldest: (untrusted: Index?, trusted: Index?) {
        (
            untrusted.oldest == Self.none ? nil : Index(slot: untrusted.oldest),
            trusted.oldest == Self.none ? nil : Index(slot: trusted.oldest)
        )
    }

    /// All entries in slot order, which is the same in every run.
    var indices: [Index] {
        slots.indices.compactMap { slots[$0].isUsed ? Index(slot: Int32($0)) : nil }
    }

    /// A token for a timer: tells later whether the slot still holds the same entry.
    func ticket(for entry: Index) -> Ticket {
        Ticket(slot: entry.slot, generation: slots[Int(entry.slot)].generation)
    }

    /// A reference to an entry that notices when the entry was removed in between.
    struct Ticket: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let generation: UInt32
    }

    /// The entry of a ticket, `nil` when it was removed since.
    func find(_ ticket: Ticket) -> Index? {
        let slot = slots[Int(ticket.slot)]
        return slot.isUsed && slot.generation == ticket.generation ? Index(slot: ticket.slot) : nil
    }

    private func hash(_ address: IPv6Address) -> Int {
        var mixed = (address.high ^ offset) &* multiplier
        mixed ^= mixed >> 32
        mixed = (mixed ^ address.low) &* multiplier
        mixed ^= mixed >> 29
        mixed = mixed &* multiplier
        return Int(truncatingIfNeeded: mixed >> 32)
    }

    private mutating func place(_ slot: Int32) {
        let mask = index.count - 1
        var position = hash(slots[Int(slot)].address) & mask
        while index[position] != Self.none { position = (position + 1) & mask }
        index[position] = slot
    }

    private mutating func grow() {
        index = Array(repeating: Self.none, count: index.count * 2)
        for slot in slots.indices where slots[slot].isUsed { place(Int32(slot)) }
    }

    /// Backward-shift deletion: no tombstones, so probes never get longer with time.
    private mutating func removeFromIndex(_ slot: Int32) {
        let mask = index.count - 1
        var hole = hash(slots[Int(slot)].address) & mask
        while index[hole] != slot { hole = (hole + 1) & mask }
        var position = (hole + 1) & mask
        while index[position] != Self.none {
            let home = hash(slots[Int(index[position])].address) & mask
            if (position - home) & mask >= (position - hole) & mask {
                index[hole] = index[position]
                hole = position
            }
            position = (position + 1) & mask
        }
        index[hole] = Self.none
    }

    private mutating func link(_ slot: Int32) {
        let kind = slots[Int(slot)].list
        var list = kind == .trusted ? trusted : untrusted
        slots[Int(slot)].previous = list.newest
        slots[Int(slot)].next = Self.none
        if list.newest == Self.none { list.oldest = slot } else { slots[Int(list.newest)].next = slot }
        list.newest = slot
        list.count += 1
        store(list, kind)
    }

    private mutating func unlink(_ slot: Int32) {
        let kind = slots[Int(slot)].list
        var list = kind == .trusted ? trusted : untrusted
        let previous = slots[Int(slot)].previous
        let next = slots[Int(slot)].next
        if previous == Self.none { list.oldest = next } else { slots[Int(previous)].next = next }
        if next == Self.none { list.newest = previous } else { slots[Int(next)].previous = previous }
        list.count -= 1
        store(list, kind)
    }

    private mutating func store(_ list: List, _ kind: ListKind) {
        switch kind {
        case .untrusted: untrusted = list
        case .trusted: trusted = list
        }
    }
}
