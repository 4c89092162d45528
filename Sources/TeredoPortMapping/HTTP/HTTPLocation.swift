import TeredoWire

/// A place on the gateway that is asked over HTTP.
///
/// Whatever host a reference names, the place is on the gateway: nobody else is ever asked, and a router that answers
/// for a redundant pair (VRRP), or by a name, is found at the address that packets go to.
struct HTTPLocation: Hashable, Sendable {
    /// The gateway's address and the TCP port.
    let host: UDPEndpoint
    /// Path and query, at least `/`.
    let path: String

    init(host: UDPEndpoint, path: String) {
        self.host = host
        self.path = path
    }

    /// Reads `http://host[:port][/path][?query]`; `nil` for other schemes and for what is not a reference at all.
    init?(url: String, gateway: IPv4Address) {
        let octets = Array(url.utf8)[...].trimmed
        guard octets.begins(with: "http://") else { return nil }
        self.init(afterScheme: octets.dropFirst(7), gateway: gateway)
    }

    private init?(afterScheme octets: ArraySlice<UInt8>, gateway: IPv4Address) {
        guard Self.isPlain(octets) else { return nil }
        let authority = octets.prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        guard !authority.isEmpty, !authority.contains(0x40) else { return nil }
        // A literal IPv6 address has colons of its own.
        let afterLiteral = authority.lastIndex(of: 0x5D).map { authority[($0 + 1)...] } ?? authority
        var port: UInt16 = 80
        if let colon = afterLiteral.firstIndex(of: 0x3A) {
            let digits = afterLiteral[(colon + 1)...]
            if !digits.isEmpty {
                guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = digits.leadingNumber(),
                    let value = UInt16(exactly: number), value != 0
                else { return nil }
                port = value
            }
        }
        host = UDPEndpoint(gateway, port)
        path = Self.normalized(octets.dropFirst(authority.count))
    }

    /// What a reference in a document at this place means (RFC 3986 section 5.2); `nil` when it is none to HTTP.
    func resolve(_ reference: String) -> HTTPLocation? {
        let octets = Array(reference.utf8)[...].trimmed
        guard !octets.isEmpty, Self.isPlain(octets) else { return nil }
        if octets.begins(with: "http://") {
            return HTTPLocation(afterScheme: octets.dropFirst(7), gateway: host.address)
        }
        if octets.begins(with: "//") { return HTTPLocation(afterScheme: octets.dropFirst(2), gateway: host.address) }
        // Another scheme.
        let firstSegment = octets.prefix { $0 != 0x2F && $0 != 0x3F }
        guard !firstSegment.contains(0x3A) else { return nil }
        if octets.first == 0x2F { return HTTPLocation(host: host, path: Self.normalized(octets)) }
        let own = Array(path.utf8).prefix { $0 != 0x3F }
        let folder = octets.first == 0x3F ? own : own[...(own.lastIndex(of: 0x2F) ?? 0)]
        return HTTPLocation(host: host, path: Self.normalized((folder + octets)[...]))
    }

    /// The place that a relative reference means to those who know no folders; `nil` for any other reference.
    func resolveFromRoot(_ reference: String) -> HTTPLocation? {
        let octets = Array(reference.utf8)[...].trimmed
        guard let first = octets.first, first != 0x2F, first != 0x3F, !octets.begins(with: "http://") else {
            return nil
        }
        return HTTPLocation(host: host, path: "/").resolve(reference)
    }

    /// Whether the octets can stand in a request line: no more than 1024, visible ASCII.
    private static func isPlain(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.count <= 1024 && octets.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Without fragment and dot segments (RFC 3986 section 5.2.4), with a slash in front.
    private static func normalized(_ octets: ArraySlice<UInt8>) -> String {
        let whole = octets.prefix { $0 != 0x23 }
        let path = whole.prefix { $0 != 0x3F }
        var segments: [ArraySlice<UInt8>] = []
        let given = path.drop { $0 == 0x2F }.split(separator: 0x2F, omittingEmptySubsequences: false)
        for (index, segment) in given.enumerated() {
            let isLast = index == given.count - 1
            switch segment.text {
            case ".": if isLast { segments.append([]) }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append([]) }
            default: segments.append(segment)
            }
        }
        // One slash in front, also of what stood behind dot segments: what was written into a file means the same when it is read.
        let begin = segments.firstIndex { !$0.isEmpty } ?? max(0, segments.count - 1)
        return "/" + segments[begin...].map { $0.text }.joined(separator: "/") + whole.dropFirst(path.count).text
    }
}
