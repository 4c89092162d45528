package import TeredoWire

/// No packet reaches a host or the IPv6 network whose source may not say that: SEC-07, SEC-10, SEC-11, SEC-60, rules R4 to R9.
///
/// The simulator knows who really sent a datagram. One of a malicious node may be taken only when it comes from where the node that
/// it claims to be is: nobody can tell those two apart.
package struct ForgeryChecker: Checker {
    package private(set) var violations = Violations()
    /// Where each address really was heard from.
    private var places: [IPv6Address: Set<UDPEndpoint>] = [:]

    /// Packets of malicious nodes that reached a node, with the source of their datagram: a machine may keep one until it knows more.
    private var pending: [[UInt8]: UDPEndpoint] = [:]
    /// Relays that name each other: who was proven by one of them comes through all (docs/fleet.md).
    private let fleet: Set<UDPEndpoint>

    /// A checker that has seen nothing; `fleet` are the relays that name each other.
    package init(fleet: [UDPEndpoint]) {
        self.fleet = Set(fleet)
    }

    package mutating func note(_ observation: Observation) {
        switch observation {
        case .received(let datagram): learn(datagram)
        case .handedOver(let packet):
            if let source = packet.source {
                if packet.isHostile { judge(packet, from: source) }
            } else if let source = pending[packet.packet] {
                judge(packet, from: source)
            }
        case .sent, .enteredIPv6, .forgot: break
        }
    }

    private mutating func learn(_ datagram: ReceivedDatagram) {
        guard let parsed = try? TeredoDatagram(validating: datagram.payload.span) else { return }
        if datagram.isHostile {
            if !parsed.header.isBubble { pending[Array(datagram.payload[parsed.packet])] = datagram.source }
        } else {
            places[parsed.header.source, default: []].insert(datagram.source)
        }
    }

    private mutating func judge(_ packet: HandedOverPacket, from source: UDPEndpoint) {
        guard let header = try? IPv6Header(validating: packet.packet.span) else {
            return violations.add("SEC-60: \(packet.receiver) was given what is no packet")
        }
        if TeredoAddress(header.source)?.mappedEndpoint == source { return }
        let known = places[header.source] ?? []
        if known.contains(source) || fleet.contains(source) && !fleet.isDisjoint(with: known) { return }
        violations.add("SEC-10: \(packet.receiver) was given a packet of \(header.source) that came from \(source)")
    }
}
