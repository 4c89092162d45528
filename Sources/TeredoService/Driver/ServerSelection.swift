package import TeredoProtocol
package import TeredoWire

/// Which addresses of a server's name are used: stable while they work, others when they do not.
package struct ServerSelection: Hashable, Sendable {
    private let configuredSecondary: IPv4Address?
    private var failures = 0
    private var proven: IPv4Address?

    /// A selection with the secondary address that the administrator named, if any.
    package init(configuredSecondary: IPv4Address?) {
        self.configuredSecondary = configuredSecondary
    }

    /// The client qualified with `primary`: it stays the first choice through short outages.
    package mutating func recordSuccess(of primary: IPv4Address) {
        proven = primary
        failures = 0
    }

    /// The addresses chosen last did not lead to qualification.
    package mutating func recordFailure() {
        failures += 1
        guard proven != nil, failures == Self.patience else { return }
        proven = nil
        failures = 0
    }

    /// The addresses to use out of those that the name resolved to; `nil` when there are none.
    ///
    /// The order of an answer changes from look-up to look-up, but the primary address is a part of the client's
    /// address: the lowest one is tried first. Two addresses are the primary and secondary one of one server.
    package func addresses(from resolved: [IPv4Address]) -> ServerAddresses? {
        let sorted = resolved.sorted()
        guard !sorted.isEmpty else { return nil }
        let primary = proven.flatMap { sorted.contains($0) ? $0 : nil } ?? sorted[failures % sorted.count]
        let other = sorted.count == 2 ? sorted.first { $0 != primary } : nil
        return ServerAddresses(primary: primary, secondary: configuredSecondary ?? other ?? primary.successor)
    }

    /// Failures in a row after which an address that once worked is no longer preferred.
    private static let patience = 5
}
