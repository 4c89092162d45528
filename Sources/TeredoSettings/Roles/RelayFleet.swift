package import TeredoProtocol
package import TeredoWire

/// The other relays that packets of the same native hosts may come through, and what a relay shares with them.
package struct RelayFleet: Hashable, Sendable {
    /// Their endpoints, perhaps with the relay's own one among them; at most ``RelaySiblings/limit`` others.
    package var siblings: [UDPEndpoint] = []
    /// The keys that all of them have; `nil` without any.
    package var key: FleetKey?

    /// No other relay.
    package init() {}

    /// The siblings of the relay that is bound to `bind`.
    package func others(than bind: UDPEndpoint?) -> [UDPEndpoint] { siblings.filter { $0 != bind } }

    /// Throws for more siblings than clients are told of, or for the first one that they could not reach.
    func validate(besides bind: UDPEndpoint?, internalPrefixes: [IPv4Prefix]) throws(ConfigurationError) {
        let others = others(than: bind)
        let count = Set(others).count
        guard count <= RelaySiblings.limit else {
            throw ConfigurationError(
                "--sibling",
                "\(count) other relays: clients are told of \(RelaySiblings.limit) at most (docs/fleet.md)"
            )
        }
        for sibling in others {
            try GlobalAddress.validate(
                sibling,
                option: "--sibling",
                purpose: "clients reach a relay at a global IPv4 address",
                internalPrefixes: internalPrefixes
            )
        }
    }
}
