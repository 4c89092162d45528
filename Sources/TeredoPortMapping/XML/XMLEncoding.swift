/// How the octets of a document are to be read, as far as their first ones tell (XML 1.0 appendix F).
enum XMLEncoding {
    /// The document in UTF-8, without byte order mark.
    ///
    /// Of UTF-16 only ASCII is kept, which is all that is looked at.
    static func utf8(_ octets: [UInt8]) -> [UInt8] {
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(octets.dropFirst(3)) }
        let isBigEndian = octets.starts(with: [0xFE, 0xFF])
        guard isBigEndian || octets.starts(with: [0xFF, 0xFE]) else { return octets }
        return stride(from: 2, to: octets.count - 1, by: 2).map { index in
            let (high, low) = isBigEndian ? (octets[index], octets[index + 1]) : (octets[index + 1], octets[index])
            return high == 0 ? low : UInt8(ascii: "?")
        }
    }
}
