package import TeredoWire

/// Somebody who never spoke is not sent more than was sent on his behalf: SEC-23, SEC-40, SEC-44, SEC-45.
package struct BystanderChecker: Checker {
    private let bystander: IPv4Address
    /// How many datagrams malicious nodes sent, and how many packets they sent into the IPv6 network.
    package private(set) var causes = 0
    /// How many datagrams the bystander was sent by nodes that mean no harm, and their octets.
    package private(set) var datagrams = 0
    package private(set) var octets = 0

    /// A checker for the bystander at this address.
    package init(bystander: IPv4Address) {
        self.bystander = bystander
    }

    package mutating func note(_ observation: Observation) {
        switch observation {
        case .sent(let datagram) where datagram.isHostile: causes += 1
        case .enteredIPv6(_, by: let node, time: _) where node.hasPrefix("attacker"): causes += 1
        case .sent(let datagram) where datagram.destination.address == bystander:
            datagrams += 1
            octets += datagram.payload.count
        case .sent, .received, .handedOver, .enteredIPv6, .forgot: break
        }
    }

    package var violations: Violations {
        var violations = Violations()
        let allowance = causes * Self.factor + Self.slack
        if datagrams > allowance {
            violations.add("SEC-44: a bystander was sent \(datagrams) datagrams for \(causes) of malicious nodes")
        }
        return violations
    }

    /// A bubble and its repetitions (RFC 4380 section 5.2.6).
    private static let factor = 4
    private static let slack = 16
}
