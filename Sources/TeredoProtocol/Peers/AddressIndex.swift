import TeredoWire

/// From addresses to slots: open addressing with linear probing over words of four octets, which grows in small steps.
///
/// A word holds the number of a slot and nine bits of the hash, so that as a rule a look-up reads one cache line of the
/// index and one of the entries. Growth costs no stall: the next array of words is cleared a little with each insertion,
/// then the words move over a few at a time; meanwhile look-ups know by the hash which of the two arrays to try first.
struct AddressIndex: Sendable {
    /// Words that are cleared per insertion before a growth, and words of the old array that move per insertion.
    static let clearingStep = 64
    static let movingStep = 16

    private let hash: SipHash
    private var current = IndexWords(bits: 4)
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
        if previous == nil { return Self.probe(current, hash, address, slots) }
        return findWhileGrowing(address, hash, slots)
    }

    /// Adds a slot that holds `address`; `count` is the number of entries without it.
    mutating func insert(_ slot: UInt32, for address: IPv6Address, count: Int, in slots: PeerSlots) {
        makeUnique()
        advanceGrowth(count: count, slots)
        Self.place(slot, hash(address), in: current)
    }

    /// Removes the word of a slot that holds `address`.
    mutating func remove(_ slot: UInt32, for address: IPv6Address, in slots: PeerSlots) {
        makeUnique()
        let hash = hash(address)
        if let previous, let position = Self.position(of: slot, hash, in: previous) {
            previous[position] = IndexWords.removed
        }
        guard let position = Self.position(of: slot, hash, in: current) else { return }
        close(position, slots)
    }

    /// The most words that a look-up of any of the given addresses reads.
    func longestProbe(of addresses: some Sequence<IPv6Address>) -> Int {
        var longest = 0
        for address in addresses {
            var position = current.home(of: hash(address))
            var length = 1
            while current[position] != IndexWords.empty {
                position = (position + 1) & current.mask
                length += 1
            }
            longest = max(longest, length)
        }
        return longest
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
        var position = words.home(of: hash)
        while true {
            let word = words[position]
            if word == IndexWords.empty { return nil }
            if word ^ pattern <= IndexWords.slotMask {
                let slot = word & IndexWords.slotMask
                if slots.address(slot) == address { return slot }
            }
            position = (position &+ 1) & words.mask
        }
    }

    private func findWhileGrowing(_ address: IPv6Address, _ hash: UInt64, _ slots: PeerSlots) -> UInt32? {
        guard let previous else { return nil }
        let isMoved = previous.home(of: hash) < frontier
        return Self.probe(isMoved ? current : previous, hash, address, slots)
            ?? Self.probe(isMoved ? previous : current, hash, address, slots)
    }

    private static func position(of slot: UInt32, _ hash: UInt64, in words: IndexWords) -> Int? {
        let word = IndexWords.word(hash, slot: slot)
        var position = words.home(of: hash)
        while words[position] != word {
            if words[position] == IndexWords.empty { return nil }
            position = (position + 1) & words.mask
        }
        return position
    }

    private static func place(_ slot: UInt32, _ hash: UInt64, in words: IndexWords) {
        var position = words.home(of: hash)
        while words[position] != IndexWords.empty { position = (position + 1) & words.mask }
        words[position] = IndexWords.word(hash, slot: slot)
    }

    /// Backward-shift deletion: no trace is left, so probes never get longer with time.
    private func close(_ position: Int, _ slots: PeerSlots) {
        var hole = position
        var position = (hole + 1) & current.mask
        while current[position] != IndexWords.empty {
            let home = current.home(of: hash(slots.address(current[position] & IndexWords.slotMask)))
            if (position - home) & current.mask >= (position - hole) & current.mask {
                current[hole] = current[position]
                hole = position
            }
            position = (position + 1) & current.mask
        }
        current[hole] = IndexWords.empty
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
            Self.place(slot, hash(slots.address(slot)), in: current)
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
