/// Which names this server goes by.
///
/// A page of a stranger can have its own name lead to this host and then read what is here as its own (DNS rebinding).
/// The browser tells the name that it was given, so whatever is not known to be ours is refused.
package struct HostRule: Hashable, Sendable {
    private let listening: [ListeningAddress]
    private let names: Set<String>

    /// The addresses that are listened on, and further names, which a proxy in front may have under other ports.
    package init(listening: [ListeningAddress], names: [String] = []) {
        self.listening = listening
        self.names = Set(names.map { $0.lowercased() })
    }

    /// Throws when a request with these fields was not meant for this server, or was made by a page of somebody else.
    package func check(_ head: RequestHead) throws(Refusal) {
        let hosts = head.values("host")
        guard hosts.count <= 1 else { throw .malformed("there are several Host fields") }
        guard let host = hosts.first else { throw .malformed("there is no Host field") }
        guard allows(host, scheme: "http") else { throw .foreignHost(Self.printable(host)) }
        for origin in head.values("origin") {
            guard let end = origin.firstRange(of: "://"),
                ["http", "https"].contains(origin[..<end.lowerBound].lowercased()),
                allows(String(origin[end.upperBound...]), scheme: origin[..<end.lowerBound].lowercased())
            else { throw .foreignOrigin(Self.printable(origin)) }
        }
    }

    private static func printable(_ text: String) -> String { String(text.prefix(80)) }

    private func allows(_ authority: String, scheme: String) -> Bool {
        var host = Substring(authority)
        var port: Substring?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let isBracketed = host.first == "[" && host.last == "]"
        if isBracketed { host = host.dropFirst().dropLast() }
        if names.contains(host.lowercased()) { return port.map { UInt16($0) != nil } ?? true }
        guard let number = port.map({ UInt16($0) }) ?? (scheme == "https" ? 443 : 80) else { return false }
        let candidates = listening.filter { $0.port == number }
        if !isBracketed, host.lowercased() == "localhost" {
            return candidates.contains { $0.isLoopback || $0.isWildcard }
        }
        guard let address = ListeningAddress.normalized(String(host)), address.isIPv6 == isBracketed else {
            return false
        }
        return candidates.contains { listener in
            // Nobody but this host has one of its addresses: a number cannot be made to lead elsewhere, as a name can.
            listener.host == address.text || listener.isWildcard && (listener.isIPv6 || !address.isIPv6)
        }
    }
}
