import CTeredoLinux
package import TeredoWire

/// What `/etc/resolv.conf` of the host says, and the file that goes with a forwarder on loopback addresses.
package struct ResolverConfiguration: Hashable, Sendable {
    /// The IPv4 addresses of the name servers, at most as many as the C library asks.
    package private(set) var nameServers: [IPv4Address] = []
    /// The domains in which names are searched; the last line counts, as for the C library.
    package private(set) var searchDomains: [String] = []
    /// The other lines that concern resolution: search, domain, options.
    private var rest: [String] = []

    /// Reads the text of a resolv.conf; without an IPv4 name server in it, this host is asked, as the C library does.
    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            switch words.first {
            case "nameserver":
                guard words.count > 1, nameServers.count < Int(TEREDO_NAME_SERVERS) else { continue }
                if let address = IPv4Address(String(words[1])) { nameServers.append(address) }
            case "search", "domain", "options":
                rest.append(words.joined(separator: " "))
                if words.first != "options" { searchDomains = words.dropFirst().map(String.init) }
            default:
                continue
            }
        }
        if nameServers.isEmpty { nameServers = [Self.stub(0)] }
    }

    /// What the host's file says; a missing one counts as empty.
    package static var ofHost: Self {
        guard let file = try? PrivateFile(path: "/etc/resolv.conf", limit: 65_536) else { return Self("") }
        return Self(String(decoding: file.contents, as: UTF8.self))
    }

    /// The file for the inside: one loopback address for each name server, so that failing over stays with the resolver.
    package var forwardedFile: String {
        let servers = nameServers.indices.map { "nameserver \(Self.stub($0))" }
        return (["# Forwarded by teredo run to the name servers of the host."] + servers + rest)
            .map { $0 + "\n" }.joined()
    }

    private static func stub(_ index: Int) -> IPv4Address { IPv4Address(127, 0, 0, UInt8(1 + index)) }
}
