import TeredoWire

/// No datagram goes where none may go: SEC-34, V14, and to no own address (SEC-50).
///
/// The ranges stand here once more, so that a mistake in those of ``GlobalUnicastFilter`` does not hide itself.
package struct DestinationChecker: Checker {
    package private(set) var violations = Violations()
    /// Whether clients look for peers on their own site (RFC 4380 section 5.2.8, RFC 6081 section 5.6).
    private let clientsLookOnSite: Bool

    /// A checker that has seen nothing; `clientsLookOnSite` tells whether clients may send to private addresses.
    package init(clientsLookOnSite: Bool) {
        self.clientsLookOnSite = clientsLookOnSite
    }

    package mutating func note(_ observation: Observation) {
        guard case .sent(let datagram) = observation, !datagram.isHostile else { return }
        let isClient = datagram.sender.hasPrefix("client")
        // All sites are 192.168.1.0/24.
        if address(of: datagram.source) == address(of: datagram.destination),
            datagram.destination.address.rawValue & 0xFF == 0xFF
        {
            violations.add(
                "SEC-34: \(datagram.sender) sent to \(datagram.destination), the broadcast address of its subnet"
            )
        } else if let reason = objection(to: datagram.destination, isClient: isClient) {
            violations.add("SEC-34: \(datagram.sender) sent to \(datagram.destination), \(reason)")
        } else if datagram.destination.address == datagram.source.address {
            violations.add("SEC-50: \(datagram.sender) sent to its own address \(datagram.destination)")
        }
    }

    private func address(of endpoint: UDPEndpoint) -> UInt32 { endpoint.address.rawValue >> 8 }

    private func objection(to destination: UDPEndpoint, isClient: Bool) -> String? {
        let address = destination.address
        let octets = (address.rawValue >> 24, address.rawValue >> 16 & 0xFF)
        if isClient, destination == UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort) {
            return clientsLookOnSite ? nil : "although local discovery is off"
        }
        if destination.port == 0 { return "a port that is none" }
        switch octets {
        case (0, _), (127, _): return "this host"
        case (224..., _): return "multicast, reserved or broadcast"
        case (10, _), (172, 16...31), (192, 168), (169, 254), (100, 64...127), (198, 18...19):
            return isClient && clientsLookOnSite ? nil : "no global address"
        case (192, 0) where address.rawValue >> 8 & 0xFF == 0: return "a reserved range"
        case (192, 88) where address.rawValue >> 8 & 0xFF == 99: return "6to4 relays"
        default: return nil
        }
    }
}
