/// A value in a settings file.
package struct YAMLScalar: Hashable, Sendable {
    /// The text without quotes.
    package let text: String
    /// Whether it stood in quotes, which makes it text in any case.
    package let isQuoted: Bool

    /// What is wrong with a line.
    struct Failure: Error {
        let problem: String

        init(_ problem: String) { self.problem = problem }
    }

    /// The value in the rest of a line, none where there are only spaces and a comment.
    static func optional(_ rest: Substring) throws(Failure) -> [YAMLScalar] {
        var text = rest.drop { $0 == " " || $0 == "\t" }
        guard let scalar = try take(&text, isInList: false) else { return [] }
        try expectEnd(text)
        return [scalar]
    }

    /// The values of `[a, b]` in the rest of a line, `nil` where no list begins.
    static func list(_ rest: Substring) throws(Failure) -> [YAMLScalar]? {
        var text = rest.drop { $0 == " " || $0 == "\t" }
        guard text.first == "[" else { return nil }
        text.removeFirst()
        var values: [YAMLScalar] = []
        while true {
            text = text.drop { $0 == " " }
            if text.first == "]" { break }
            guard let value = try take(&text, isInList: true) else { throw Failure("a list on one line needs its ']'") }
            values.append(value)
            text = text.drop { $0 == " " }
            if text.first == "]" { break }
            guard text.first == "," else { throw Failure("a list on one line needs ',' or ']' after each value") }
            text.removeFirst()
        }
        try expectEnd(text.dropFirst())
        return values
    }

    private static func take(_ text: inout Substring, isInList: Bool) throws(Failure) -> YAMLScalar? {
        guard let first = text.first, first != "#" else { return nil }
        if first == "'" || first == "\"" { return try takeQuoted(&text, quote: first) }
        guard !"&*!|>{}[]%@`,?".contains(first) else {
            throw Failure("'\(first)' starts YAML that settings do not use; quote a value that begins with it")
        }
        var end = text.startIndex
        var previous: Character = "-"
        while end < text.endIndex, !(isInList && (text[end] == "," || text[end] == "]")) {
            if text[end] == "#", previous == " " || previous == "\t" { break }
            if previous == ":", text[end] == " " { throw Failure("a second ': ' on the line; quote the value") }
            previous = text[end]
            end = text.index(after: end)
        }
        var value = text[..<end]
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        text = text[value.endIndex...]
        return value.isEmpty ? nil : YAMLScalar(text: String(value), isQuoted: false)
    }

    private static func takeQuoted(_ text: inout Substring, quote: Character) throws(Failure) -> YAMLScalar {
        text.removeFirst()
        guard let end = text.firstIndex(of: quote) else { throw Failure("a quote \(quote) is not closed") }
        let value = text[..<end]
        guard quote == "'" || !value.contains("\\") else {
            throw Failure("'\\' in double quotes is not understood; use single quotes")
        }
        text = text[text.index(after: end)...]
        return YAMLScalar(text: String(value), isQuoted: true)
    }

    private static func expectEnd(_ text: Substring) throws(Failure) {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        guard rest.isEmpty || (rest.first == "#" && rest.startIndex != text.startIndex) else {
            throw Failure("there is more after the value; quote it if that belongs to it")
        }
    }
}
