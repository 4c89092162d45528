/// The text of an element, put together from its parts, with entities replaced and white space at both ends left out.
struct XMLText {
    private var octets: [UInt8] = []

    /// The longest text that is kept, in octets; of a longer one the rest is cut off.
    private static let limit = 2048
    /// The longest reference to an entity: `&#x10FFFF;`.
    private static let referenceLimit = 10

    /// Adds a part; nothing is replaced in a literal one.
    mutating func append(_ part: ArraySlice<UInt8>, isLiteral: Bool) {
        var rest = part.prefix(Self.limit - octets.count)
        guard !isLiteral else {
            octets += rest
            return
        }
        while let octet = rest.first {
            rest = rest.dropFirst()
            if octet == UInt8(ascii: "&"),
                let end = rest.prefix(Self.referenceLimit).firstIndex(of: UInt8(ascii: ";")),
                let character = Self.character(rest[..<end])
            {
                octets += character
                rest = rest[(end + 1)...]
            } else {
                octets.append(octet)
            }
        }
    }

    /// The text.
    var value: String { octets[...].trimmed.text }

    /// What a reference means: one of the five that are predefined (XML 1.0 section 4.6), or the number of a character.
    private static func character(_ name: ArraySlice<UInt8>) -> [UInt8]? {
        switch name.text {
        case "amp": return [UInt8(ascii: "&")]
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default:
            guard name.first == UInt8(ascii: "#") else { return nil }
            let digits = name.dropFirst()
            let isHexadecimal = digits.first?.lowercased == UInt8(ascii: "x")
            let number =
                isHexadecimal ? digits.dropFirst().leadingNumber(radix: 16) : digits.leadingNumber()
            return number.flatMap(UInt32.init(exactly:)).flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
        }
    }
}
