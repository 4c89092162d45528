package import TeredoWire

/// What servers and relays send into the IPv6 network is what they may: SEC-41, SEC-42, rule Y6.
package struct NativeSideChecker: Checker {
    package private(set) var violations = Violations()
    /// The IPv6 addresses of the nodes themselves.
    private let nodes: Set<IPv6Address>

    /// A checker; `nodes` are the addresses of hosts and relays that are no Teredo addresses.
    package init(nodes: [IPv6Address]) {
        self.nodes = Set(nodes)
    }

    package mutating func note(_ observation: Observation) {
        guard case .enteredIPv6(let packet, by: let node, time: _) = observation else { return }
        guard let header = try? IPv6Header(validating: packet.span) else {
            return violations.add("SEC-60: \(node) sent what is no packet into the IPv6 network")
        }
        if node.hasPrefix("server") {
            guard header.nextHeader == 58, header.payloadLength <= 88, header.source.isTeredo else {
                return violations.add(
                    "SEC-41: \(node) sent more than small ICMPv6 of a client to \(header.destination)"
                )
            }
        } else if node.contains("relay") {
            guard header.source.isTeredo || nodes.contains(header.source) else {
                return violations.add("SEC-60: \(node) sent a packet of \(header.source) into the IPv6 network")
            }
            guard !header.destination.isTeredo || nodes.contains(header.source) else {
                return violations.add("SEC-53: \(node) sent a packet for \(header.destination) into the IPv6 network")
            }
        }
    }
}
