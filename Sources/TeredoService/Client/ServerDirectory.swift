package import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// The servers of a client as the administrator lists them, with the addresses that their names were found to have.
package struct ServerDirectory: Hashable, Sendable {
    /// The servers as listed.
    package var names: [ServerName]
    /// Who gets nothing; a server that is listed by its name may turn out to be among them.
    package var denied = DenyList()
    private let selection: ServerSelection
    private var found: [String: [IPv4Address]] = [:]
    private var pending: Set<String> = []

    /// A directory that knows no name yet.
    package init(_ names: [ServerName], configuredSecondary: IPv4Address?) {
        self.names = names
        selection = ServerSelection(configuredSecondary: configuredSecondary)
    }

    /// The names that have to be looked up now: all but those whose look-up is under way.
    package mutating func beginLookUps() -> [String] {
        let begun = names.compactMap(\.name).filter { !pending.contains($0) }
        pending.formUnion(begun)
        return begun
    }

    /// A look-up ended.
    ///
    /// Addresses that a name had are kept when it is no longer found: better old ones than none.
    package mutating func record(_ addresses: [IPv4Address], of name: String) {
        pending.remove(name)
        if !addresses.isEmpty { found[name] = addresses }
    }

    /// Whether no look-up is under way.
    package var isComplete: Bool { pending.isEmpty }

    /// Whether some name has no address.
    package var hasUnresolvedNames: Bool { names.compactMap(\.name).contains { found[$0] == nil } }

    /// The servers whose addresses are known, in order, without those that are denied.
    package var servers: [ServerAddresses] { known.filter { !isDenied($0) } }

    /// The servers that are left out because one of their addresses is denied.
    package var deniedServers: [ServerAddresses] { known.filter(isDenied) }

    private func isDenied(_ server: ServerAddresses) -> Bool {
        denied.contains(server.primary) || server.secondary.map(denied.contains) == true
    }

    private var known: [ServerAddresses] {
        names.flatMap { name in
            switch name {
            case .address(let address): selection.servers(from: [address])
            case .name(let name): selection.servers(from: found[name] ?? [])
            }
        }
    }
}

extension ServerName {
    /// What has to be looked up; `nil` for an address.
    fileprivate var name: String? { if case .name(let name) = self { name } else { nil } }
}
