import TeredoProtocol
import TeredoWire

/// Which addresses of a server's name are used: stable while they work, others when they do not.
struct ServerSelection: Hashable, Sendable {
    private let configuredSecondary: IPv4Address?
    private var failures = 0

    /// A selection with the secondary address that the administrator named, if any.
    init(configuredSecondary: IPv4Address?) {
        self.configuredSecondary = configuredSecondary
    }

    /// The addresses that did not lead to qualification are not the first choice next time.
    mutating func recordFailure() { failures += 1 }

    /// The addresses to use out of those that the name resolved to; `nil` when there are none.
    ///
    /// The order of an answer changes from look-up to look-up, but the primary address is a part of the client's
    /// address: the lowest one is tried first. Two addresses are the primary and secondary one of one server.
    func addresses(from resolved: [IPv4Address]) -> ServerAddresses? {
        let sorted = resolved.sorted()
        guard !sorted.isEmpty else { return nil }
        let primary = sorted[failures % sorted.count]
        let other = sorted.count == 2 ? sorted.first { $0 != primary } : nil
        return ServerAddresses(primary: primary, secondary: configuredSecondary ?? other ?? primary.successor)
    }
}
