extension RequestHead {
    /// Reads the lines up to the empty one (RFC 9112 sections 2 to 5), which `octets` does not contain.
    ///
    /// Throws the answer to a request that cannot be understood.
    package init(parsing octets: some Collection<UInt8>) throws(Refusal) {
        guard let text = String(validating: octets, as: UTF8.self), text.utf8.allSatisfy({ $0 < 0x7F }) else {
            throw .malformed("the request has characters that no request may have")
        }
        var lines: [Substring] = []
        var rest = text.utf8[...]
        // Only both together end a line; what stands alone would be read as another line by some, and not by others.
        while let end = rest.firstIndex(of: UInt8(ascii: "\r")) {
            let next = rest.index(after: end)
            guard next < rest.endIndex, rest[next] == UInt8(ascii: "\n") else {
                throw .malformed("a line of the request does not end as lines do")
            }
            lines.append(Substring(rest[..<end]))
            rest = rest[rest.index(after: next)...]
        }
        lines.append(Substring(rest))
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 } }) else {
            throw .malformed("the request has characters that no request may have")
        }
        guard lines.count <= Self.maximumFieldCount + 1 else { throw .tooLarge }
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, Self.isToken(words[0]), words[1].first == "/" else {
            throw .malformed("the first line is not that of a request")
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw .unsupportedVersion }
        method = String(words[0])
        path = String(words[1].prefix { $0 != "?" })
        isPersistent = words[2] == "HTTP/1.1"
        fields = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), Self.isToken(line[..<colon]) else {
                throw .malformed("a line of the request is no field")
            }
            let value = line[line.index(after: colon)...]
            fields.append((line[..<colon].lowercased(), Self.trimmed(value)))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(octet)
                }
            }
    }
}
