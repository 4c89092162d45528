/// Text of routers as octets, looked at where it lies: strings of Swift would take a multiple of the time, and what a
/// stranger sends decides how much that is.
extension ArraySlice<UInt8> {
    /// The octets without white space at both ends.
    var trimmed: Self {
        var start = startIndex
        var end = endIndex
        while start < end, self[start].isWhitespace { start += 1 }
        while end > start, self[end - 1].isWhitespace { end -= 1 }
        return self[start..<end]
    }

    /// Whether the octets are `text`, capitals or not.
    func matches(_ text: String) -> Bool {
        guard text.utf8.count == count else { return false }
        return zip(self, text.utf8).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// Whether the octets begin with `text`, capitals or not.
    func begins(with text: String) -> Bool {
        let length = text.utf8.count
        return length <= count && self[startIndex..<(startIndex + length)].matches(text)
    }

    /// The number that the octets begin with; `nil` without a digit or beyond nine of them.
    func leadingNumber(radix: Int = 10) -> Int? {
        var value = 0
        var digits = 0
        for octet in self {
            guard let digit = octet.digit, digit < radix else { break }
            digits += 1
            guard digits <= 9 else { return nil }
            value = value * radix + digit
        }
        return digits > 0 ? value : nil
    }

    /// The octets as a string.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension UInt8 {
    /// Blank, tab, carriage return or line feed: what HTTP and XML call white space.
    var isWhitespace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }

    /// The small letter of a capital, anything else as it is.
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var digit: Int? {
        switch self {
        case 0x30...0x39: Int(self) - 0x30
        case 0x41...0x46: Int(self) - 0x37
        case 0x61...0x66: Int(self) - 0x57
        default: nil
        }
    }
}
