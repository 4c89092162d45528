package import TeredoWire

/// A client has no address but one that a server saw it at, none with forbidden bits, and none for long when nobody is heard any more:
/// SEC-01, SEC-02, SEC-21, SEC-39.
package struct AddressChecker: Checker {
    package private(set) var violations = Violations()
    /// Where servers really saw each node.
    private var places: [String: Set<UDPEndpoint>] = [:]
    private var lastHeard: [String: ProtocolInstant] = [:]

    /// A checker that has seen nothing.
    package init() {}

    package mutating func note(_ observation: Observation) {
        guard case .received(let datagram) = observation else { return }
        lastHeard[datagram.receiver] = datagram.time
        guard datagram.receiver.hasPrefix("server"), !datagram.isHostile else { return }
        places[datagram.sender, default: []].insert(datagram.source)
    }

    /// Looks at what a client has now; `usesConeBit` tells whether its address may have that bit.
    package mutating func inspect(_ client: String, _ address: TeredoAddress?, usesConeBit: Bool, now: ProtocolInstant)
    {
        guard let address else { return }
        if places[client]?.contains(address.mappedEndpoint) != true {
            violations.add("SEC-01: \(client) took \(address), and no server saw it at \(address.mappedEndpoint)")
        }
        let allowed = TeredoFlags.randomMask | (usesConeBit ? 0x8000 : 0)
        if address.flags.rawValue & ~allowed != 0 {
            violations.add("SEC-21: \(client) has flags \(address.flags) in its address")
        }
        if let last = lastHeard[client], now - last > Self.silence {
            violations.add("SEC-39: \(client) has an address although it heard nobody for \(now - last)")
        }
    }

    /// The longest refresh interval, the repetitions of the solicitation, and a margin.
    private static let silence = Duration.seconds(180)
}
