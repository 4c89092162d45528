package import TeredoProtocol
package import TeredoWire

/// What servers the addresses of a name stand for.
package struct ServerSelection: Hashable, Sendable {
    private let configuredSecondary: IPv4Address?

    /// A selection with the secondary address that the administrator named, if any.
    package init(configuredSecondary: IPv4Address?) {
        self.configuredSecondary = configuredSecondary
    }

    /// The servers behind the addresses that a name resolved to, the preferred one first.
    ///
    /// The order of an answer changes from look-up to look-up, but the primary address is a part of the client's
    /// address: the lowest one is preferred. Two addresses are the primary and secondary one of one server; in case they
    /// are two servers, each is tried as the primary one.
    package func servers(from resolved: [IPv4Address]) -> [ServerAddresses] {
        let sorted = resolved.sorted()
        return sorted.map { primary in
            let other = sorted.count == 2 ? sorted.first { $0 != primary } : nil
            return ServerAddresses(primary: primary, secondary: configuredSecondary ?? other ?? primary.successor)
        }
    }

    /// The preferred one of the servers; `nil` when there is none.
    package func addresses(from resolved: [IPv4Address]) -> ServerAddresses? { servers(from: resolved).first }
}
