import TeredoWire

/// The little of HTTP that routers need: one request, one answer, then the connection ends (RFC 9112).
enum HTTPMessage {
    /// The longest answer that is read, in octets.
    static let limit = 65_536

    static func get(_ location: HTTPLocation) -> [UInt8] {
        Array("GET \(location.path) HTTP/1.0\r\nHost: \(location.host)\r\nConnection: close\r\n\r\n".utf8)
    }

    static func post(_ location: HTTPLocation, action: String, body: String) -> [UInt8] {
        let lines = [
            "POST \(location.path) HTTP/1.0", "Host: \(location.host)", "Content-Type: text/xml; charset=\"utf-8\"",
            "Content-Length: \(body.utf8.count)", "SOAPAction: \"\(action)\"", "Connection: close", "", body,
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// Status and body of an answer; `nil` when it is none.
    static func answer(_ bytes: [UInt8]) -> (status: Int, body: String)? {
        guard bytes.count <= limit else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let end = text.firstRange(ofASCII: "\r\n\r\n"),
            let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap({ Int($0.prefix(3)) })
        else { return nil }
        let head = text[..<end.lowerBound].lowercased()
        let body = String(text[end.upperBound...])
        let isChunked = head.firstRange(ofASCII: "transfer-encoding: chunked") != nil
        return (status, isChunked ? unchunked(body) : body)
    }

    /// Some routers send chunks although an HTTP/1.0 client does not know them.
    private static func unchunked(_ body: String) -> String {
        var rest = Array(body.utf8)[...]
        var result: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end].filter { $0 != 0x0D }, as: UTF8.self)
            guard let length = Int(line.prefix { $0 != ";" }, radix: 16), length > 0, length <= rest.endIndex - end - 1
            else { break }
            result += rest[(end + 1)..<(end + 1 + length)]
            rest = rest[(end + 1 + length)...]
            while let first = rest.first, first == 0x0D || first == 0x0A { rest = rest.dropFirst() }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension String {
    /// The first place of an ASCII text.
    func firstRange(ofASCII text: String, from start: Index? = nil) -> Range<Index>? {
        let needle = Array(text.utf8)
        let octets = utf8
        var position = start ?? startIndex
        while position < endIndex {
            if octets[position...].starts(with: needle) {
                return position..<octets.index(position, offsetBy: needle.count)
            }
            position = octets.index(after: position)
        }
        return nil
    }
}
