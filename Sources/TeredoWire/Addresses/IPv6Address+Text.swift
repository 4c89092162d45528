extension IPv6Address: LosslessStringConvertible {
    /// Parses the text forms of RFC 4291 section 2.2, including `::` and a trailing dotted IPv4 address.
    public init?(_ description: String) {
        guard description.utf8.count <= 45 else { return nil }
        let halves = Self.splitAtDoubleColon(description)
        guard let halves else { return nil }
        guard let head = Self.groups(halves.head, allowsIPv4: halves.tail == nil) else { return nil }
        guard let tailText = halves.tail else {
            guard head.count == 8 else { return nil }
            self.init(groups: head)
            return
        }
        guard let tail = Self.groups(tailText, allowsIPv4: true), head.count + tail.count <= 7 else { return nil }
        self.init(groups: head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// The canonical text form of RFC 5952: lower case, no leading zeros, the longest run of zeros shortened; mapped
    /// addresses end in dotted decimal text (section 5).
    public var description: String {
        if isIPv4Mapped { return "::ffff:\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> (112 - 16 * UInt128($0))) }
        let texts = groups.map { String($0, radix: 16) }
        guard let zeros = Self.longestZeroRun(groups) else { return texts.joined(separator: ":") }
        return texts[..<zeros.lowerBound].joined(separator: ":") + "::"
            + texts[zeros.upperBound...].joined(separator: ":")
    }

    private init(groups: [UInt16]) {
        rawValue = groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func splitAtDoubleColon(_ text: String) -> (head: Substring, tail: Substring?)? {
        var previousWasColon = false
        var split: String.Index?
        for index in text.indices {
            let isColon = text[index] == ":"
            if isColon, previousWasColon {
                guard split == nil else { return nil }
                split = index
            }
            previousWasColon = isColon
        }
        guard let split else { return (text[...], nil) }
        return (text[..<text.index(before: split)], text[text.index(after: split)...])
    }

    private static func groups(_ text: Substring, allowsIPv4: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var result: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (position, part) in parts.enumerated() {
            if part.contains(".") {
                guard allowsIPv4, position == parts.count - 1, let address = IPv4Address(String(part)) else {
                    return nil
                }
                result.append(UInt16(address.rawValue >> 16))
                result.append(UInt16(truncatingIfNeeded: address.rawValue))
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isHexDigit }),
                    part.utf8.count == part.count,
                    let group = UInt16(part, radix: 16)
                else { return nil }
                result.append(group)
            }
        }
        return result
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > best.count { best = start..<end }
            start = max(end, start) + 1
        }
        return best.count >= 2 ? best : nil
    }
}
