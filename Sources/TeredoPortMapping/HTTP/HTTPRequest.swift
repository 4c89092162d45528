import TeredoWire

/// The requests that routers get: one for each connection.
struct HTTPRequest: Hashable, Sendable {
    /// The versions of HTTP; some routers refuse the older one, few the newer one.
    enum Version: String, Hashable, Sendable {
        case http10 = "HTTP/1.0"
        case http11 = "HTTP/1.1"
    }

    /// Where it goes.
    let location: HTTPLocation
    private let method: String
    private let fields: [String]
    private let body: String

    /// Asks for a document.
    static func get(_ location: HTTPLocation) -> Self { Self(location: location, method: "GET", fields: [], body: "") }

    /// Calls an action (SOAP 1.1 section 6).
    static func post(_ location: HTTPLocation, action: String, body: String) -> Self {
        let fields = [
            "Content-Type: text/xml; charset=\"utf-8\"", "Content-Length: \(body.utf8.count)",
            "SOAPAction: \"\(action)\"",
        ]
        return Self(location: location, method: "POST", fields: fields, body: body)
    }

    /// The octets to send.
    func octets(_ version: Version) -> [UInt8] {
        let lines =
            ["\(method) \(location.path) \(version.rawValue)", "Host: \(location.host)"] + fields
            + ["Connection: close", "", body]
        return Array(lines.joined(separator: "\r\n").utf8)
    }
}
