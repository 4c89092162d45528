/// Octets that arrived and were not read yet, with their place in the file.
struct OctetQueue {
    private(set) var octets: [UInt8] = []
    /// Where the first octet that is not read yet stands in ``octets``.
    private(set) var start = 0
    /// Where it stands in the file.
    private(set) var offset: UInt64 = 0
    /// How many of the octets to come are passed over.
    private var toSkip: UInt64 = 0

    /// How many octets can be read.
    var count: Int { octets.count - start }
    /// How many octets that are to be passed over are still to come.
    var missing: UInt64 { toSkip }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        if start > 0 {
            octets.removeSubrange(..<start)
            start = 0
        }
        let skipped = Int(min(toSkip, UInt64(bytes.count)))
        toSkip -= UInt64(skipped)
        offset += UInt64(skipped)
        octets += bytes.dropFirst(skipped)
    }

    /// Passes over `count` octets, whether they are there already or not.
    mutating func skip(_ count: UInt64) {
        let there = Int(min(count, UInt64(self.count)))
        start += there
        offset += UInt64(there)
        toSkip += count - UInt64(there)
    }
}
