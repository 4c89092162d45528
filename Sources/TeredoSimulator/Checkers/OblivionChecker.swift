package import TeredoWire

/// Some time after malicious nodes fell silent nobody sends anything to them, nor to whom they spoke of.
package struct OblivionChecker: Checker {
    package private(set) var violations = Violations()
    private let places: Set<IPv4Address>
    private let since: ProtocolInstant

    /// A checker that looks at what is sent to `places` after `since`.
    package init(places: [IPv4Address], since: ProtocolInstant) {
        self.places = Set(places)
        self.since = since
    }

    package mutating func note(_ observation: Observation) {
        guard case .sent(let datagram) = observation, !datagram.isHostile, datagram.time > since,
            places.contains(datagram.destination.address)
        else { return }
        violations.add("\(datagram.sender) still sends to \(datagram.destination) \(datagram.time - since) later")
    }
}
