/// Cuts an XML document into tags and texts, from front to back, each octet once.
///
/// No parser of documents: what a router says is not trusted with more than a few words. Comments, instructions and
/// declarations are passed over, attributes not looked at, and nothing is checked for being well-formed.
struct XMLScanner {
    /// A part of the document, as ranges of ``octets``.
    enum Token: Hashable {
        /// An opening tag with its name, without the prefix of a namespace; an empty element has no other tag.
        case open(Range<Int>, isEmpty: Bool)
        /// A closing tag.
        case close(Range<Int>)
        /// Text; literal when there are no entities in it.
        case text(Range<Int>, isLiteral: Bool)
    }

    let octets: [UInt8]
    private var position = 0
    /// Quotation marks that do not come any more: looking for them once more would cost the whole rest again.
    private var missingQuotes: Set<UInt8> = []

    init(_ octets: [UInt8]) {
        self.octets = XMLEncoding.utf8(octets)
    }

    /// Whether the name in a tag is `name`, capitals or not.
    func isName(_ range: Range<Int>, _ name: String) -> Bool { octets[range].matches(name) }

    /// The next part; `nil` at the end.
    mutating func next() -> Token? {
        while position < octets.count {
            guard octets[position] == Self.open else { return text() }
            if starts(with: Self.commentStart) {
                skip(past: Self.commentEnd, from: position + Self.commentStart.count)
            } else if starts(with: Self.literalStart) {
                let start = position + Self.literalStart.count
                skip(past: Self.literalEnd, from: start)
                let isClosed = octets[start..<position].suffix(3).elementsEqual(Self.literalEnd)
                return .text(start..<(isClosed ? position - 3 : position), isLiteral: true)
            } else if starts(with: Self.instructionStart) {
                skip(past: Self.instructionEnd, from: position + 2)
            } else if starts(with: Self.declarationStart) {
                skipDeclaration()
            } else if let tag = tag() {
                return tag
            }
        }
        return nil
    }

    private mutating func text() -> Token {
        let start = position
        position = octets[start...].firstIndex(of: Self.open) ?? octets.count
        return .text(start..<position, isLiteral: false)
    }

    private mutating func tag() -> Token? {
        var start = position + 1
        while start < octets.count, octets[start].isWhitespace { start += 1 }
        let isClosing = start < octets.count && octets[start] == Self.slash
        if isClosing { start += 1 }
        while start < octets.count, octets[start].isWhitespace { start += 1 }
        var end = start
        var local = start
        while end < octets.count, !octets[end].isWhitespace, octets[end] != Self.slash, octets[end] != Self.close {
            if octets[end] == Self.colon { local = end + 1 }
            end += 1
        }
        var index = end
        while index < octets.count, octets[index] != Self.close {
            let octet = octets[index]
            if !isClosing, octet == 0x22 || octet == 0x27, !missingQuotes.contains(octet) {
                if let other = octets[(index + 1)...].firstIndex(of: octet) {
                    index = other
                } else {
                    missingQuotes.insert(octet)
                }
            }
            index += 1
        }
        position = min(index + 1, octets.count)
        guard index < octets.count else { return nil }
        if isClosing { return .close(local..<end) }
        return .open(local..<end, isEmpty: octets[index - 1] == Self.slash)
    }

    /// A document type with its own declarations in brackets.
    private mutating func skipDeclaration() {
        var depth = 0
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == 0x5B { depth += 1 }
            if octet == 0x5D { depth -= 1 }
            if octet == Self.close, depth <= 0 { return }
        }
    }

    private func starts(with text: [UInt8]) -> Bool {
        octets.count - position >= text.count && octets[position..<(position + text.count)].elementsEqual(text)
    }

    private mutating func skip(past text: [UInt8], from start: Int) {
        position = min(start, octets.count)
        while position < octets.count {
            if octets[position] == text[0], starts(with: text) {
                position += text.count
                return
            }
            position += 1
        }
    }

    private static let open = UInt8(ascii: "<")
    private static let close = UInt8(ascii: ">")
    private static let slash = UInt8(ascii: "/")
    private static let colon = UInt8(ascii: ":")
    private static let commentStart = Array("<!--".utf8)
    private static let commentEnd = Array("-->".utf8)
    private static let literalStart = Array("<![CDATA[".utf8)
    private static let literalEnd = Array("]]>".utf8)
    private static let instructionStart = Array("<?".utf8)
    private static let instructionEnd = Array("?>".utf8)
    private static let declarationStart = Array("<!".utf8)
}
