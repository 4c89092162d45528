/// The texts of elements in the XML of routers, found by name alone.
///
/// No parser of documents: what a router says is not trusted with more than a few words. Prefixes of names are ignored,
/// attributes and comments skipped; nothing is expanded but the five predefined entities.
enum XMLText {
    /// The texts of all elements called `name`, in order.
    static func elements(_ name: String, in document: String) -> [String] {
        var result: [String] = []
        var position = document.startIndex
        while let open = openingTag(name, in: document, from: position) {
            guard let end = document.firstRange(ofASCII: "</", from: open.upperBound) else { break }
            result.append(decoded(String(document[open.upperBound..<end.lowerBound])))
            position = end.upperBound
        }
        return result
    }

    /// The contents of all elements called `name` that contain no other of that name, tags included.
    static func sections(_ name: String, in document: String) -> [String] {
        var result: [String] = []
        var position = document.startIndex
        while let open = openingTag(name, in: document, from: position) {
            guard let end = document.firstRange(ofASCII: "</\(name)>", from: open.upperBound) else { break }
            result.append(String(document[open.upperBound..<end.lowerBound]))
            position = end.upperBound
        }
        return result
    }

    private static func openingTag(
        _ name: String,
        in document: String,
        from start: String.Index
    ) -> Range<String.Index>? {
        var position = start
        while let bracket = document.utf8[position...].firstIndex(of: UInt8(ascii: "<")) {
            let rest = document.utf8[bracket...].dropFirst()
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            let tag = String(decoding: rest[..<end], as: UTF8.self)
            let word = tag.prefix { !$0.isWhitespace && $0 != "/" }
            let local = word.split(separator: ":").last.map(String.init) ?? ""
            let after = document.utf8.index(after: end)
            if local == name, !tag.hasSuffix("/") { return bracket..<after }
            position = after
        }
        return nil
    }

    private static func decoded(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            let tail = rest[ampersand...]
            let entity = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")].first {
                tail.hasPrefix($0.0)
            }
            result += entity?.1 ?? "&"
            rest = tail.dropFirst(entity?.0.count ?? 1)
        }
        result += rest
        let trimmed = result.drop(while: \.isWhitespace)
        return String(trimmed.reversed().drop(while: \.isWhitespace).reversed())
    }
}
