import TeredoWire

/// Where something is that is fetched over HTTP: an IPv4 address with a port, and a path.
struct HTTPLocation: Hashable, Sendable {
    let host: UDPEndpoint
    let path: String

    init(host: UDPEndpoint, path: String) {
        self.host = host
        self.path = path
    }

    /// Reads `http://address[:port][/path]`; names are not resolved, since routers give addresses.
    init?(url: some StringProtocol) {
        guard url.lowercased().hasPrefix("http://"), url.utf8.count <= 1024 else { return nil }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard path.allSatisfy({ $0.isASCII && !$0.isWhitespace && !$0.isNewline }) else { return nil }
        let hasPort = authority.contains(":")
        guard let host = UDPEndpoint(hasPort ? String(authority) : "\(authority):80"), host.port != 0 else {
            return nil
        }
        self.init(host: host, path: path.isEmpty ? "/" : String(path))
    }

    /// What a reference in a document at this place means; one that leads to another host means nothing.
    func resolve(_ reference: String) -> HTTPLocation? {
        if reference.lowercased().hasPrefix("http://") {
            guard let location = HTTPLocation(url: reference), location.host.address == host.address else { return nil }
            return location
        }
        guard !reference.isEmpty, reference.utf8.count <= 1024,
            reference.allSatisfy({ $0.isASCII && !$0.isWhitespace && !$0.isNewline })
        else { return nil }
        if reference.hasPrefix("/") { return HTTPLocation(host: host, path: reference) }
        let folder = path.prefix(
            path.count - (path.split(separator: "/", omittingEmptySubsequences: false).last?.count ?? 0)
        )
        return HTTPLocation(host: host, path: folder + reference)
    }
}
