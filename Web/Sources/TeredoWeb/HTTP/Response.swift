/// An answer.
package struct Response: Hashable, Sendable {
    /// The status codes that are used.
    package enum Status: String, Hashable, Sendable {
        case ok = "200 OK"
        case notModified = "304 Not Modified"
        case badRequest = "400 Bad Request"
        case forbidden = "403 Forbidden"
        case notFound = "404 Not Found"
        case methodNotAllowed = "405 Method Not Allowed"
        case timeout = "408 Request Timeout"
        case contentTooLarge = "413 Content Too Large"
        case misdirected = "421 Misdirected Request"
        case fieldsTooLarge = "431 Request Header Fields Too Large"
        case unavailable = "503 Service Unavailable"
        case versionNotSupported = "505 HTTP Version Not Supported"
    }

    /// What every answer says: who may use it for what.
    ///
    /// Nothing comes from elsewhere, nothing is sent elsewhere, and
    /// no other page may have this one in a frame or read it.
    package static let securityFields: [(String, String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]

    /// The status.
    package var status: Status
    /// The fields that belong to this answer.
    package var fields: [String: String]
    /// The content.
    package var body: [UInt8]

    /// An answer with content of a type.
    package init(_ status: Status, fields: [(String, String)] = [], type: String, body: [UInt8]) {
        self.status = status
        self.fields = Dictionary(fields) { $1 }
        self.fields["Content-Type"] = type
        self.body = body
    }

    /// An answer for people.
    package init(_ status: Status, fields: [(String, String)] = [], text: String) {
        self.init(status, fields: fields, type: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
    }

    /// The octets to send; without the content in answer to HEAD.
    package func octets(withBody: Bool, keepsOpen: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status.rawValue)\r\n"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        if fields["Cache-Control"] == nil { head += "Cache-Control: no-store\r\n" }
        for (name, value) in Self.securityFields { head += "\(name): \(value)\r\n" }
        if status != .notModified { head += "Content-Length: \(body.count)\r\n" }
        head += "Connection: \(keepsOpen ? "keep-alive" : "close")\r\n\r\n"
        return Array(head.utf8) + (withBody && status != .notModified ? body : [])
    }

    /// The head of a stream of events, which ends with the connection.
    package static var eventStreamHead: [UInt8] {
        var head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
        for (name, value) in Self.securityFields { head += "\(name): \(value)\r\n" }
        return Array((head + "Connection: close\r\n\r\n").utf8)
    }
}
