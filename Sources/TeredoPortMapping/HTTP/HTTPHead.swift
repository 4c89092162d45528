/// The head of an HTTP answer, line by line as it comes (RFC 9112 sections 2 to 5); SSDP answers are such heads too.
///
/// Lines may end with LF alone, names be in any case, white space stand where it will, and values go on in the next
/// line.
struct HTTPHead: Sendable {
    /// The status code; `nil` before the status line.
    private(set) var status: Int?
    private var fields: [(name: [UInt8], value: [UInt8])] = []

    /// The most fields that are kept; what follows is passed over.
    private static let fieldLimit = 64

    init() {}

    /// Reads a whole head, which may lack the empty line at its end; `nil` when it is none.
    init?(_ octets: [UInt8]) {
        for line in octets.split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let isEnd = add(line) else { return nil }
            if isEnd { break }
        }
        guard status != nil else { return nil }
    }

    /// Takes one line without its LF; returns whether the head has ended, `nil` when this is no head of an answer.
    mutating func add(_ line: ArraySlice<UInt8>) -> Bool? {
        let content = line.trimmed
        guard status != nil else {
            if content.isEmpty { return false }
            guard content.begins(with: "HTTP/"),
                let version = content.firstIndex(where: { $0.isWhitespace }),
                let code = content[version...].trimmed.leadingNumber(), (100...999).contains(code)
            else { return nil }
            status = code
            return false
        }
        if content.isEmpty { return true }
        guard fields.count < Self.fieldLimit else { return false }
        if line.first == 0x20 || line.first == 0x09, !fields.isEmpty {
            fields[fields.count - 1].value += [0x20] + content
        } else if let colon = content.firstIndex(of: 0x3A) {
            fields.append((Array(content[..<colon].trimmed), Array(content[(colon + 1)...].trimmed)))
        }
        return false
    }

    /// The value of the first field called `name`.
    func value(of name: String) -> ArraySlice<UInt8>? {
        fields.first { $0.name[...].matches(name) }?.value[...].trimmed
    }

    /// Whether the body comes in chunks, which routers send to HTTP/1.0 clients too.
    var isChunked: Bool {
        fields.contains { field in
            field.name[...].matches("transfer-encoding")
                && field.value.split(separator: 0x2C).contains { $0.trimmed.matches("chunked") }
        }
    }

    /// How many octets the body has; `nil` when it ends with the connection.
    var contentLength: Int? { value(of: "content-length")?.leadingNumber() }
}
