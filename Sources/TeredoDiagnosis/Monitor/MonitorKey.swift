/// A key that means something to the monitor.
package enum MonitorKey: Hashable, Sendable {
    case quit
    case sort
    case reverse
    case all
    case nextRole
    case up
    case down
    case pageUp
    case pageDown

    /// The keys in what a terminal sent; what means nothing is left out.
    package static func keys(_ octets: [UInt8]) -> [Self] {
        var keys: [Self] = []
        var rest = octets[...]
        while let octet = rest.first {
            if let (sequence, key) = sequences.first(where: { rest.starts(with: $0.0) }) {
                rest = rest.dropFirst(sequence.count)
                keys.append(key)
                continue
            }
            rest = rest.dropFirst()
            if octet == escape, rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O") {
                // A key that is not known: up to its last octet.
                rest = rest.dropFirst().drop { !(0x40...0x7E).contains($0) }.dropFirst()
            } else if let key = key(of: octet) {
                keys.append(key)
            }
        }
        return keys
    }

    private static func key(of octet: UInt8) -> Self? {
        switch octet {
        case UInt8(ascii: "q"), UInt8(ascii: "Q"), 4: .quit
        case UInt8(ascii: "s"): .sort
        case UInt8(ascii: "r"): .reverse
        case UInt8(ascii: "a"): .all
        case UInt8(ascii: "\t"), UInt8(ascii: "n"): .nextRole
        case UInt8(ascii: "j"): .down
        case UInt8(ascii: "k"): .up
        case UInt8(ascii: " "): .pageDown
        case UInt8(ascii: "b"): .pageUp
        default: nil
        }
    }

    private static let escape: UInt8 = 0x1B

    /// What the keys send that are no letters (ECMA-48, and what terminals of today do).
    private static let sequences: [([UInt8], Self)] = [
        ("[A", .up), ("[B", .down), ("OA", .up), ("OB", .down), ("[5~", .pageUp), ("[6~", .pageDown),
    ].map { text, key in ([escape] + Array(text.utf8), key) }
}
