import TeredoWire

/// The list of recent peers: bounded, keyed by the whole 128-bit address, least recently used first out.
///
/// Entries live in slots that never move; a keyed index finds them, so that remote parties cannot choose colliding
/// addresses. An idle entry costs 64 octets and its share of the index. Four lists keep the entries in order of use, untrusted
/// and trusted ones, strangers and others. A stranger was first heard of by what it sent; all others were asked for by the
/// host. An untrusted entry goes before a trusted one, and a trusted one with traffic in the last 30 s never goes for a
/// stranger (SEC-30); for those that the host asks for strangers go, first those that nothing was sent to.
struct PeerTable: Sendable {
    /// A place in the table; good until the entry is removed.
    struct Index: Hashable, Sendable {
        fileprivate let slot: UInt32

        /// The number of the place: below the most entries that the table ever had.
        var number: Int { Int(slot) }
    }

    /// A reference to an entry that notices when the entry was removed in between.
    struct Ticket: Hashable, Sendable {
        fileprivate let slot: UInt32
        fileprivate let generation: UInt32
    }

    private struct List: Sendable {
        var oldest = PeerLinks.none
        var newest = PeerLinks.none
        var count = 0
    }

    /// The most peers that any table holds.
    static let largestLimit = 4_000_000

    private(set) var limit: Int
    private var slots: PeerSlots
    private var addresses: AddressIndex
    private var firstFree = PeerLinks.none
    private var untrusted = List()
    private var trusted = List()
    private var untrustedStrangers = List()
    private var trustedStrangers = List()
    private var hand: UInt32 = 0
    var journal = PathJournal()

    /// An empty table for at most `limit` peers, at least 1 and at most ``largestLimit``.
    init(limit: Int, using generator: inout some RandomNumberGenerator) {
        self.limit = min(max(1, limit), Self.largestLimit)
        slots = PeerSlots(limit: self.limit)
        addresses = AddressIndex(key: generator.next(), generator.next())
    }

    /// Takes another limit; entries beyond a lower one stay until somebody removes them.
    mutating func setLimit(_ limit: Int) {
        let limit = min(max(1, limit), Self.largestLimit)
        guard limit != self.limit else { return }
        makeUnique()
        slots = slots.succeeded(byLimit: limit)
        self.limit = limit
    }

    var count: Int { untrusted.count + trusted.count + strangerCount }
    /// How many entries were first heard of by what they sent.
    var strangerCount: Int { untrustedStrangers.count + trustedStrangers.count }
    /// How many slots were used so far: more than any number of one.
    var slotCount: Int { slots.count }
    var trustedCount: Int { trusted.count + trustedStrangers.count }
    var untrustedCount: Int { untrusted.count + untrustedStrangers.count }
    var isFull: Bool { count >= limit }

    /// The keyed hash of the index, for whatever else must be spread so that nobody can choose what collides.
    var hash: SipHash { addresses.hash }

    /// The octets that the table holds, but for the details of peers that are not idle.
    var octets: Int { slots.octets + addresses.octets }
    /// How many words of the index moved so far, because the index grew.
    var moves: Int { addresses.moves }
    /// How many groups of the index a look-up of an address reads at most.
    func probeLength(of address: IPv6Address) -> Int { addresses.probeLength(of: address) }
    /// Where in the index an address belongs, from 0 to 1.
    func placement(of address: IPv6Address) -> Double { addresses.placement(of: address) }

    /// The entry for `address`, if there is one.
    @inline(__always)
    func find(_ address: IPv6Address) -> Index? { addresses.find(address, in: slots).map(Index.init) }

    /// How many of the addresses are in the table; the entries of those are near the processor afterwards.
    func count(of addresses: Span<IPv6Address>) -> Int {
        var count = 0
        self.addresses.find(addresses, in: slots) { _, slot in count += slot == nil ? 0 : 1 }
        return count
    }

    @inline(__always)
    subscript(index: Index) -> Peer {
        unsafeAddress { unsafe place(of: index) }
        unsafeMutableAddress { unsafe uniquePlace(of: index) }
    }

    /// Where an entry lies: for those who pass it on without the accessors that may allocate.
    @inline(__always)
    func place(of index: Index) -> UnsafePointer<Peer> { unsafe UnsafePointer(slots.peer(index.slot)) }

    /// Where an entry lies that may be changed.
    @inline(__always)
    mutating func uniquePlace(of index: Index) -> UnsafeMutablePointer<Peer> {
        makeUnique()
        return unsafe slots.peer(index.slot)
    }

    /// The address of an entry.
    func address(of index: Index) -> IPv6Address { slots.address(index.slot) }

    /// Marks an entry as just used and moves it to the list that its trust asks for.
    mutating func touch(_ index: Index) {
        makeUnique()
        unlink(index.slot)
        slots[index.slot].links.isTrusted = slots[index.slot].peer.isTrusted
        link(index.slot)
        // A peer that was told to be open and is used goes on to be; whoever moves it marks it.
        if journal.isOn, !slots[index.slot].peer.isToldOpen { mark(index) }
    }

    /// Notes that the way to a peer may have changed, if anybody wants to hear of that.
    mutating func mark(_ index: Index) {
        guard journal.isOn, !slots[index.slot].peer.isMarked else { return }
        makeUnique()
        slots[index.slot].peer.isMarked = true
        if journal.marks.count >= 2 * limit { journal.marks = journal.marks.filter { find($0) != nil } }
        journal.marks.append(ticket(for: index))
    }

    /// The host asked for an entry: it is no stranger any more.
    mutating func want(_ index: Index) {
        guard slots[index.slot].links.isStranger else { return }
        makeUnique()
        unlink(index.slot)
        slots[index.slot].links.isStranger = false
        link(index.slot)
    }

    /// Whether an entry was first heard of by what it sent.
    func isStranger(_ index: Index) -> Bool { slots[index.slot].links.isStranger }

    /// Adds an entry; the address must not be there yet and the table must not be full.
    mutating func insert(_ peer: Peer, for address: IPv6Address, isStranger: Bool = false) -> Index {
        precondition(!isFull, "evict before inserting")
        makeUnique()
        let slot: UInt32
        if firstFree != PeerLinks.none {
            slot = firstFree
            firstFree = slots[slot].links.next
            slots[slot].address = address
            slots[slot].peer = peer
        } else {
            slot = slots.append(PeerSlot(address: address, peer: peer, links: PeerLinks()))
        }
        slots[slot].links.isUsed = true
        slots[slot].links.isTrusted = peer.isTrusted
        slots[slot].links.isStranger = isStranger
        addresses.insert(slot, for: address, count: count, in: slots)
        link(slot)
        mark(Index(slot: slot))
        return Index(slot: slot)
    }

    /// Removes an entry and returns it, with whatever it had queued.
    @discardableResult
    mutating func remove(_ entry: Index) -> Peer {
        makeUnique()
        let slot = entry.slot
        unlink(slot)
        if journal.isOn { journal.depart(slots.address(slot)) }
        addresses.remove(slot, for: slots.address(slot), in: slots)
        let peer = slots[slot].peer
        slots[slot].peer = Peer(at: nil, now: peer.lastReception)
        slots[slot].links.isUsed = false
        slots[slot].links.beginGeneration()
        slots[slot].links.next = firstFree
        firstFree = slot
        return peer
    }

    /// All entries in slot order, which is the same in every run.
    var indices: [Index] { (0..<UInt32(slots.count)).filter { slots[$0].links.isUsed }.map(Index.init) }

    /// The entry in a slot that was used before, if it holds one.
    func usedIndex(_ number: Int) -> Index? {
        let slot = UInt32(number)
        return slots[slot].links.isUsed ? Index(slot: slot) : nil
    }

    /// Shows up to `amount` entries to `body`, beginning where the last sweep ended.
    mutating func sweep(_ amount: Int, _ body: (inout Peer) -> Void) {
        makeUnique()
        for _ in 0..<min(amount, slots.count) {
            hand = hand + 1 < UInt32(slots.count) ? hand + 1 : 0
            if slots[hand].links.isUsed { body(&slots[hand].peer) }
        }
    }

    /// A token for a timer: tells later whether the slot still holds the same entry.
    func ticket(for entry: Index) -> Ticket {
        Ticket(slot: entry.slot, generation: slots[entry.slot].links.generation)
    }

    /// The entry of a ticket, `nil` when it was removed since.
    func find(_ ticket: Ticket) -> Index? {
        let links = slots[ticket.slot].links
        return links.isUsed && links.generation == ticket.generation ? Index(slot: ticket.slot) : nil
    }

    /// Copies of the table are independent: whoever changes shared memory has memory of its own first.
    @inline(__always)
    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&slots) { slots = slots.copy() }
    }

    private mutating func link(_ slot: UInt32) {
        let links = slots[slot].links
        var list = list(of: links)
        slots[slot].links.previous = list.newest
        slots[slot].links.next = PeerLinks.none
        if list.newest == PeerLinks.none { list.oldest = slot } else { slots[list.newest].links.next = slot }
        list.newest = slot
        list.count += 1
        store(list, of: links)
    }

    private mutating func unlink(_ slot: UInt32) {
        let links = slots[slot].links
        var list = list(of: links)
        if links.previous == PeerLinks.none {
            list.oldest = links.next
        } else {
            slots[links.previous].links.next = links.next
        }
        if links.next == PeerLinks.none {
            list.newest = links.previous
        } else {
            slots[links.next].links.previous = links.previous
        }
        list.count -= 1
        store(list, of: links)
    }

    private func list(of links: PeerLinks) -> List {
        switch (links.isStranger, links.isTrusted) {
        case (false, false): untrusted
        case (false, true): trusted
        case (true, false): untrustedStrangers
        case (true, true): trustedStrangers
        }
    }

    private mutating func store(_ list: List, of links: PeerLinks) {
        switch (links.isStranger, links.isTrusted) {
        case (false, false): untrusted = list
        case (false, true): trusted = list
        case (true, false): untrustedStrangers = list
        case (true, true): trustedStrangers = list
        }
    }
}

// MARK: - Who was used last, and who has to go

extension PeerTable {
    private static func index(_ slot: UInt32) -> Index? { slot == PeerLinks.none ? nil : Index(slot: slot) }

    /// The untrusted entry that was used least recently, a stranger before one that the host asked for.
    var oldestUntrusted: Index? { Self.index(untrustedStrangers.oldest) ?? Self.index(untrusted.oldest) }

    /// The entry that has to go before a new one may come in, or because the limit was lowered; `nil` when every entry is active.
    func candidateForEviction(now: ProtocolInstant) -> Index? { oldestUntrusted ?? idleTrusted(now: now) }

    /// The trusted entry that was used least recently, a stranger before another, unless it is active.
    func idleTrusted(now: ProtocolInstant) -> Index? {
        idle(trustedStrangers, now: now) ?? idle(trusted, now: now)
    }

    /// The entry that has to go for one that the host asks for; `nil` when the host is busy with all of them.
    ///
    /// It is a stranger that nothing was sent to within 30 s, else one that is not active, else a stranger.
    func candidateForWanted(now: ProtocolInstant) -> Index? {
        if let stranger = Self.index(untrustedStrangers.oldest) ?? unanswered(now: now) { return stranger }
        return candidateForEviction(now: now) ?? Self.index(trustedStrangers.oldest)
    }

    /// The stranger that has to go for another; `nil` when all are active.
    func candidateForStranger(now: ProtocolInstant) -> Index? {
        Self.index(untrustedStrangers.oldest) ?? idle(trustedStrangers, now: now)
    }

    /// An entry that the host asked for and does not need any more.
    func unneeded(now: ProtocolInstant) -> Index? {
        if let index = Self.index(untrusted.oldest), self[index].retryDeadline == nil,
            now - self[index].lastUse >= RFC4380.peerValidity
        {
            return index
        }
        return idle(trusted, now: now)
    }

    /// The trusted stranger that was used least recently of those that nothing was sent to within 30 s; of many that something was
    /// sent to only some are looked at.
    private func unanswered(now: ProtocolInstant) -> Index? {
        var slot = trustedStrangers.oldest
        for _ in 0..<Self.searchLimit where slot != PeerLinks.none {
            if !slots[slot].peer.isAnswered(now: now) { return Index(slot: slot) }
            slot = slots[slot].links.next
        }
        return nil
    }

    /// One of the strangers that were used least recently, and not within 30 s, whose address `isSuitable`; only some are looked at.
    func idleStranger(now: ProtocolInstant, where isSuitable: (IPv6Address) -> Bool) -> Index? {
        for oldest in [untrustedStrangers.oldest, trustedStrangers.oldest] {
            var slot = oldest
            for _ in 0..<Self.searchLimit where slot != PeerLinks.none {
                let peer = slots[slot].peer
                if now - peer.lastUse >= RFC4380.peerValidity, peer.retryDeadline == nil,
                    isSuitable(slots[slot].address)
                {
                    return Index(slot: slot)
                }
                slot = slots[slot].links.next
            }
        }
        return nil
    }

    private static let searchLimit = 16

    private func idle(_ list: List, now: ProtocolInstant) -> Index? {
        guard let index = Self.index(list.oldest), !self[index].isActive(now: now) else { return nil }
        return index
    }

    /// An entry that may go because it was not used for `duration` and nothing is under way with it: the oldest of one of the
    /// lists, untrusted ones first.
    func stale(after duration: Duration, now: ProtocolInstant) -> Index? {
        for list in [untrustedStrangers, untrusted, trustedStrangers, trusted] {
            guard let index = Self.index(list.oldest) else { continue }
            let peer = self[index]
            if now - max(peer.lastReception, peer.lastTransmission) >= duration, peer.retryDeadline == nil {
                return index
            }
        }
        return nil
    }

    /// At most `limit` entries: the trusted ones first, in each group the one used last first.
    func newest(_ limit: Int) -> [Index] {
        var found: [Index] = []
        for pair in [(trusted, trustedStrangers), (untrusted, untrustedStrangers)] {
            var (first, second) = (Self.index(pair.0.newest), Self.index(pair.1.newest))
            while found.count < limit {
                guard let a = first else {
                    guard let b = second else { break }
                    found.append(b)
                    second = before(b)
                    continue
                }
                if let b = second, self[b].lastUse > self[a].lastUse {
                    found.append(b)
                    second = before(b)
                } else {
                    found.append(a)
                    first = before(a)
                }
            }
        }
        return found
    }

    private func before(_ index: Index) -> Index? { Self.index(slots[index.slot].links.previous) }
}
