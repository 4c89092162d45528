import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// What holds for every machine, whatever it was told.
struct MachineRules {
    /// The addresses of the node that the machine is on.
    var ownAddresses: [IPv4Address]
    /// Whether the machine may send to its own site and to the group of local discovery.
    var isOnSite = false
    private var watch = TimeoutWatch()

    init(ownAddresses: [IPv4Address]) { self.ownAddresses = ownAddresses }

    /// SEC-34, V14: a datagram leaves only for where one may go. The ranges stand here once more, so that a mistake in those of
    /// ``GlobalUnicastFilter`` does not hide itself.
    func checkDestination(_ endpoint: UDPEndpoint) throws(FuzzTarget.Violation) {
        guard let objection = objection(to: endpoint) else { return }
        throw FuzzTarget.Violation("SEC-34: a datagram to \(endpoint), \(objection)")
    }

    private func objection(to endpoint: UDPEndpoint) -> String? {
        let address = endpoint.address
        if isOnSite, endpoint == UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort) { return nil }
        if endpoint.port == 0 { return "a port that is none" }
        if ownAddresses.contains(address) { return "an own address" }
        switch (address.rawValue >> 24, address.rawValue >> 16 & 0xFF) {
        case (0, _), (127, _): return "this host"
        case (224..., _): return "multicast, reserved or broadcast"
        case (10, _), (172, 16...31), (192, 168), (169, 254), (100, 64...127), (198, 18...19):
            return isOnSite ? nil : "no global address"
        case (192, 0) where address.rawValue >> 8 & 0xFF == 0: return "a reserved range"
        case (192, 88) where address.rawValue >> 8 & 0xFF == 99: return "6to4 relays"
        default: return nil
        }
    }

    /// Notes that a machine does what is due at `now`: it must not be woken for ever.
    mutating func noteTimeout(at now: ProtocolInstant) throws(FuzzTarget.Violation) {
        try FuzzTarget.Violation.unless(!watch.isStuck(at: now), "the machine never sleeps again")
    }
}
