import TeredoWire

/// From addresses to slots: open addressing over groups of words of four octets, which grows in small steps.
///
/// A word holds the number of a slot and nine bits of the hash, so that as a rule a look-up reads one cache line of the
/// index and one of the entries. What has no room in its group is in the next one that has. Growth costs no stall: the next array of words is cleared a little with each insertion,
/// then the words move over a few at a time; meanwhile look-ups know by the hash which of the two arrays to try first.
struct AddressIndex: Sendable {
    /// Words that are cleared per insertion before a growth, and words of the old array that move per insertion.
    static let clearingStep = 64
    static let movingStep = 16

    let hash: SipHash
    private(set) var current = IndexWords(bits: 4)
    /// The array that is cleared for the next growth.
    private var upcoming: IndexWords?
    /// The array that words move from, while a growth is under way; what moved is still there, for the probing of the rest.
    private var previous: IndexWords?
    /// The first word of ``previous`` that did not move yet.
    private var frontier = 0
    /// Words that moved in all growths.
    private(set) var moves = 0

    /// An empty index; the key makes collisions unpredictable.
    init(key low: UInt64, _ high: UInt64) {
        hash = SipHash(key: low, high)
        current.clear(current.count)
    }

    /// The slot of `address`, if there is one.
    @inline(__always)
    func find(_ address: IPv6Address, in slots: PeerSlots) -> UInt32? {
        let hash = hash(address)
        if !isGrowing { return Self.probe(current, hash, address, slots) }
        return findWhileGrowing(address, hash, slots)
    }

    /// Whether words move from one array to another.
    var isGrowing: Bool { previous != nil }

    /// The slot of an address whose hash is known, while the index does not grow.
    @inline(never)
    func probe(_ hash: UInt64, _ address: IPv6Address, _ slots: PeerSlots) -> UInt32? {
        Self.probe(current, hash, address, slots)
    }

    /// Adds a slot that holds `address`; `count` is the number of entries without it.
    mutating func insert(_ slot: UInt32, for address: IPv6Address, count: Int, in slots: PeerSlots) {
        makeUnique()
        advanceGrowth(count: count, slots)
        Self.add(slot, hash(address), to: current)
    }

    /// Removes the word of a slot that holds `address`.
    mutating func remove(_ slot: UInt32, for address: IPv6Address, in slots: PeerSlots) {
        makeUnique()
        let hash = hash(address)
        if let previous, let place = Self.place(of: slot, hash, in: previous) {
            previous[place.position] = IndexWords.removed
        }
        guard let place = Self.place(of: slot, hash, in: current) else { return }
        close(place.position, of: place.group, slots)
    }

    /// How many groups a look-up of an address reads at most.
    func probeLength(of address: IPv6Address) -> Int {
        var group = current.home(of: hash(address))
        var length = 1
        while current.isFull(group) {
            group = current.group(after: group)
            length += 1
        }
        return length
    }

    /// Where the index would put an address, from 0 to 1: tells whether two keys agree.
    func placement(of address: IPv6Address) -> Double { Double(hash(address)) / 0x1p64 }

    /// The octets of all arrays.
    var octets: Int { [current, upcoming, previous].compactMap(\.self).map { $0.count * 4 }.reduce(0, +) }

    @inline(__always)
    private static func probe(
        _ words: IndexWords,
        _ hash: UInt64,
        _ address: IPv6Address,
        _ slots: PeerSlots
    ) -> UInt32? {
        let pattern = IndexWords.word(hash, slot: 0)
        var group = words.home(of: hash)
        while true {
            let word = words.candidate(in: group, first: words.first(in: group), pattern)
            if IndexWords.matches(word, pattern) {
                let slot = word & IndexWords.slotMask
                if slots.address(slot) == address { return slot }
                if let slot = compareAll(words, group, pattern, address, slots) { return slot }
            }
            guard words.isFull(group) else { return nil }
            group = words.group(after: group)
        }
    }

    /// Looks at all words of a group that has several with the same bits of the hash.
    @inline(never)
    private static func compareAll(
        _ words: IndexWords,
        _ group: Int,
        _ pattern: UInt32,
        _ address: IPv6Address,
        _ slots: PeerSlots
    ) -> UInt32? {
        for position in words.positions(of: group) where IndexWords.matches(words[position], pattern) {
            let slot = words[position] & IndexWords.slotMask
            if slots.address(slot) == address { return slot }
        }
        return nil
    }

    private func findWhileGrowing(_ address: IPv6Address, _ hash: UInt64, _ slots: PeerSlots) -> UInt32? {
        guard let previous else { return nil }
        let isMoved = previous.home(of: hash) * IndexWords.groupSize < frontier
        return Self.probe(isMoved ? current : previous, hash, address, slots)
            ?? Self.probe(isMoved ? previous : current, hash, address, slots)
    }

    private static func place(
        of slot: UInt32,
        _ hash: UInt64,
        in words: IndexWords
    ) -> (group: Int, position: Int)? {
        let word = IndexWords.word(hash, slot: slot)
        var group = words.home(of: hash)
        while true {
            if let position = words.positions(of: group).first(where: { words[$0] == word }) {
                return (group, position)
            }
            guard words.isFull(group) else { return nil }
            group = words.group(after: group)
        }
    }

    private static func add(_ slot: UInt32, _ hash: UInt64, to words: IndexWords) {
        var group = words.home(of: hash)
        while words.isFull(group) { group = words.group(after: group) }
        for position in words.positions(of: group) where words[position] == IndexWords.empty {
            words[position] = IndexWords.word(hash, slot: slot)
            return
        }
    }

    /// Takes a word out, and fills the gap with a word that had no room in the group: no trace is left, so that probes never
    /// get longer with time.
    private func close(_ position: Int, of group: Int, _ slots: PeerSlots) {
        let wasFull = current.isFull(group)
        let positions = current.positions(of: group)
        let last = positions.last { current[$0] != IndexWords.empty } ?? position
        current[position] = current[last]
        current[last] = IndexWords.empty
        guard wasFull else { return }
        var other = group
        repeat {
            other = current.group(after: other)
            guard let found = overflow(from: group, in: other, slots) else { continue }
            current[last] = current[found]
            return close(found, of: other, slots)
        } while current.isFull(other)
    }

    /// The position of a word in `other` that would be in `group`, had there been room.
    private func overflow(from group: Int, in other: Int, _ slots: PeerSlots) -> Int? {
        let distance = current.distance(from: group, to: other)
        return current.positions(of: other).first { position in
            let word = current[position]
            guard word != IndexWords.empty else { return false }
            let home = current.home(of: hash(slots.address(word & IndexWords.slotMask)))
            return current.distance(from: home, to: other) >= distance
        }
    }

    /// One small step of a growth, which begins at 9/16 and is over before the load is 11/16.
    private mutating func advanceGrowth(count: Int, _ slots: PeerSlots) {
        if let previous {
            move(from: previous, slots)
        } else if let upcoming {
            upcoming.clear(Self.clearingStep)
            guard upcoming.isCleared else { return }
            previous = current
            current = upcoming
            self.upcoming = nil
            frontier = 0
        } else if count * 16 >= current.count * 9 {
            upcoming = IndexWords(bits: current.bits + 1)
        }
    }

    private mutating func move(from old: IndexWords, _ slots: PeerSlots) {
        let end = min(frontier + Self.movingStep, old.count)
        for position in frontier..<end {
            let word = old[position]
            guard word != IndexWords.empty, word != IndexWords.removed else { continue }
            let slot = word & IndexWords.slotMask
            Self.add(slot, hash(slots.address(slot)), to: current)
            moves += 1
        }
        frontier = end
        if end == old.count { previous = nil }
    }

    /// Copies of the table are independent: whoever changes a shared array has one of its own first.
    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&current) { current = current.copy() }
        if previous != nil, !isKnownUniquelyReferenced(&previous) { previous = previous?.copy() }
        if upcoming != nil, !isKnownUniquelyReferenced(&upcoming) { upcoming = upcoming?.copy() }
    }
}
