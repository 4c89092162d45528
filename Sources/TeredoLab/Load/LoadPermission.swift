import TeredoHost
import TeredoWire

/// Which addresses a load may be sent to: those of this host, or rather of the network namespace that it runs in, and those that
/// somebody named with his own hands.
package struct LoadPermission: Hashable, Sendable {
    private let own: [String]
    private let named: [String]

    /// Asks the kernel for the host's addresses.
    package init(named: [String]) throws {
        let addresses = try HostAddresses()
        self.init(own: addresses.ipv4.map(\.description) + addresses.ipv6.map(\.description), named: named)
    }

    init(own: [String], named: [String]) {
        self.own = own
        self.named = named
    }

    /// Throws for the first of the addresses that may not be loaded.
    package func require(_ model: [String]) throws(LabError) {
        guard let stranger = model.first(where: { !own.contains($0) && !named.contains($0) }) else { return }
        throw .unsupported(
            "\(stranger) is no address of this host or network namespace: a load is for one's own test networks. Run it where "
                + "that address is, or, if it is yours and everything on the way to it too, add --allow \(stranger)"
        )
    }
}
