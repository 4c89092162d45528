/// One array of words of an address index: a power of two of them, none of them valid before it was cleared.
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

    let bits: Int
    let mask: Int
    private let shift: UInt64
    private let words: UnsafeMutablePointer<UInt32>
    private var cleared = 0

    /// An array of 2 to the power of `bits` words.
    init(bits: Int) {
        self.bits = bits
        mask = 1 << bits - 1
        shift = UInt64(64 - bits)
        unsafe words = .allocate(capacity: 1 << bits)
    }

    deinit { unsafe words.deallocate() }

    var count: Int { mask + 1 }
    var isCleared: Bool { cleared == count }

    /// The word of a slot whose address has the hash.
    @inline(__always)
    static func word(_ hash: UInt64, slot: UInt32) -> UInt32 {
        inUse | UInt32(truncatingIfNeeded: hash) & ~(slotMask | inUse) | slot
    }

    /// Where a probe begins: the upper bits of the hash, of which the word has the lower ones.
    @inline(__always)
    func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> shift) }

    /// A word; `position` is always masked, so that it is inside.
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
