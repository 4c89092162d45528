import TeredoWire

/// Look-ups in batches: the memory accesses of many addresses are under way at the same time.
///
/// In a table that is larger than the caches a look-up waits for memory twice, and that wait is most of what it costs.
extension AddressIndex {
    /// How many addresses are looked up together.
    static let batchSize = 32

    /// Calls `body` with the number of each address and its slot, if there is one.
    @inline(__always)
    func find(_ addresses: Span<IPv6Address>, in slots: PeerSlots, _ body: (Int, UInt32?) -> Void) {
        var start = 0
        while start < addresses.count {
            let end = min(start + Self.batchSize, addresses.count)
            if isGrowing {
                for number in start..<end { body(number, find(addresses[number], in: slots)) }
            } else {
                findBatch(addresses, start..<end, slots, body)
            }
            start = end
        }
    }

    /// Each loop reads memory that only the next one needs, so that no access waits for another.
    @inline(__always)
    private func findBatch(
        _ addresses: Span<IPv6Address>,
        _ range: Range<Int>,
        _ slots: PeerSlots,
        _ body: (Int, UInt32?) -> Void
    ) {
        let words = current
        var hashes = [32 of UInt64](repeating: 0)
        var found = [32 of UInt32](repeating: IndexWords.empty)
        var lower = [32 of UInt64](repeating: 0)
        for number in range { hashes[number - range.lowerBound] = hash(addresses[number]) }
        for place in 0..<range.count { found[place] = words.first(in: words.home(of: hashes[place])) }
        for place in 0..<range.count {
            let pattern = IndexWords.word(hashes[place], slot: 0)
            let word = words.candidate(in: words.home(of: hashes[place]), first: found[place], pattern)
            found[place] = IndexWords.matches(word, pattern) ? word : IndexWords.empty
        }
        for place in 0..<range.count where found[place] != IndexWords.empty {
            lower[place] = slots.address(found[place] & IndexWords.slotMask).low
        }
        for place in 0..<range.count {
            let address = addresses[range.lowerBound + place]
            let slot = found[place] & IndexWords.slotMask
            if found[place] != IndexWords.empty, lower[place] == address.low, slots.address(slot) == address {
                body(range.lowerBound + place, slot)
            } else {
                body(range.lowerBound + place, probe(hashes[place], address, slots))
            }
        }
    }
}
