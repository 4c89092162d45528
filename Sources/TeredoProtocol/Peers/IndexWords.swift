/// One array of words of an address index, in groups of eight; none of them is valid before it was cleared.
///
/// A group is half a cache line and is filled from the front. A look-up compares all words of a group without a branch, as
/// a wrong guess of the processor costs more than reading a few words too many.
///
/// The memory is not cleared at once, because that takes longer than a packet may wait when the array is large.
@safe final class IndexWords: @unchecked Sendable {
    /// A word that was never used: the end of a probe.
    static let empty: UInt32 = 0
    /// A word that is no longer used, in an array that words move from.
    static let removed: UInt32 = 1
    /// The bits of a word that are the number of a slot.
    ///
    /// Above are nine bits of the hash, and on top the mark of a word in use.
    static let slotMask: UInt32 = 1 << 22 - 1
    private static let inUse: UInt32 = 1 << 31

    static let groupSize = 8

    let bits: Int
    /// The number of the last group, all ones.
    let mask: Int
    private let shift: UInt64
    private let words: UnsafeMutablePointer<UInt32>
    private var cleared = 0

    /// An array of 2 to the power of `bits` words, at least 16.
    init(bits: Int) {
        self.bits = bits
        mask = (1 << bits) / Self.groupSize - 1
        shift = UInt64(64 - mask.nonzeroBitCount)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 << bits, alignment: 64)
        unsafe words = memory.bindMemory(to: UInt32.self, capacity: 1 << bits)
    }

    deinit { unsafe UnsafeMutableRawPointer(words).deallocate() }

    var count: Int { (mask + 1) * Self.groupSize }
    var isCleared: Bool { cleared == count }

    /// The word of a slot whose address has the hash.
    @inline(__always)
    static func word(_ hash: UInt64, slot: UInt32) -> UInt32 {
        inUse | UInt32(truncatingIfNeeded: hash) & ~(slotMask | inUse) | slot
    }

    /// The group in which a probe begins: the upper bits of the hash, of which the word has the lower ones.
    @inline(__always)
    func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> shift) }

    /// The group after a group.
    @inline(__always)
    func group(after group: Int) -> Int { (group &+ 1) & mask }

    /// How many groups after `first` another one comes.
    func distance(from first: Int, to second: Int) -> Int { (second &- first) & mask }

    /// The positions of the words of a group.
    func positions(of group: Int) -> Range<Int> { group * Self.groupSize..<(group + 1) * Self.groupSize }

    /// Whether a group has no room, so that what belongs there may be in the next one.
    @inline(__always)
    func isFull(_ group: Int) -> Bool {
        self[group &* Self.groupSize &+ (Self.groupSize - 1)] != Self.empty
    }

    /// The first word of a group.
    @inline(__always)
    func first(in group: Int) -> UInt32 { self[group &* Self.groupSize] }

    /// A word of the group, whose first is given; one that matches the pattern, if there is any.
    @inline(__always)
    func candidate(in group: Int, first word: UInt32, _ pattern: UInt32) -> UInt32 {
        let first = group &* Self.groupSize
        var found = word
        for position in first &+ 1..<first &+ Self.groupSize {
            let word = self[position]
            found = Self.matches(word, pattern) ? word : found
        }
        return found
    }

    /// Whether a word is in use and has the bits of the hash that `pattern` has.
    @inline(__always)
    static func matches(_ word: UInt32, _ pattern: UInt32) -> Bool { word ^ pattern <= slotMask }

    /// A word; groups are always masked, so that it is inside.
    @inline(__always)
    subscript(position: Int) -> UInt32 {
        get { unsafe words[position] }
        set { unsafe words[position] = newValue }
    }

    /// Clears some more words.
    func clear(_ amount: Int) {
        let amount = min(amount, count - cleared)
        unsafe (words + cleared).initialize(repeating: Self.empty, count: amount)
        cleared += amount
    }

    /// Another array with the same words.
    func copy() -> IndexWords {
        let copy = IndexWords(bits: bits)
        unsafe copy.words.initialize(from: words, count: cleared)
        copy.cleared = cleared
        return copy
    }
}
