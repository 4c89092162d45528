/// JSON without the control characters that move a terminal's cursor or change what it does.
enum HarmlessJSON {
    /// The octets of `text` with a question mark for each control character of ISO 6429, escaped or not, but for line feeds and
    /// tabs; all others as they are.
    static func octets(of text: String) -> [UInt8] {
        let octets = Array(text.utf8)
        // What most texts are made of needs no second look.
        guard octets.contains(where: { $0 == backslash || $0 == 0x7F || $0 == 0xC2 }) else { return octets }
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            let (length, isControl) = part(octets[index...])
            if isControl { result.append(questionMark) } else { result += octets[index..<(index + length)] }
            index += length
        }
        return result
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let questionMark = UInt8(ascii: "?")

    /// How many octets belong together at the beginning of `octets`, and whether they are a control character.
    private static func part(_ octets: ArraySlice<UInt8>) -> (length: Int, isControl: Bool) {
        let start = octets.startIndex
        let second = octets.dropFirst().first
        switch octets[start] {
        case 0x7F: return (1, true)
        // U+0080 to U+009F in UTF-8.
        case 0xC2: return second.map { (2, (0x80...0x9F).contains($0)) } ?? (1, false)
        case backslash:
            switch second {
            case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "r"): return (2, true)
            case UInt8(ascii: "u"):
                let digits = octets.dropFirst(2).prefix(4)
                guard digits.count == 4, let number = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
                    return (2, false)
                }
                let isControl = number < 0x20 && number != 0x09 && number != 0x0A || (0x7F...0x9F).contains(number)
                return (6, isControl)
            case nil: return (1, false)
            default: return (2, false)
            }
        default: return (1, false)
        }
    }
}
