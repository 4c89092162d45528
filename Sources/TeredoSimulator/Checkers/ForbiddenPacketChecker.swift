import TeredoWire

/// Neither neighbour discovery nor source routing comes out of a tunnel, bare or behind extension headers: SEC-05, SEC-20.
///
/// It walks over the headers by itself, and over fewer of them than a node has to.
package struct ForbiddenPacketChecker: Checker {
    package private(set) var violations = Violations()

    /// A checker that has seen nothing.
    package init() {}

    package mutating func note(_ observation: Observation) {
        guard case .handedOver(let packet) = observation else { return }
        let octets = packet.packet
        guard octets.count >= 40 else { return }
        var next = octets[6]
        var offset = 40
        while [0, 43, 44, 60].contains(next), offset + 8 <= octets.count {
            if next == 43, octets[offset + 3] > 0 {
                return violations.add("SEC-20: \(packet.receiver) was given a packet with a source route")
            }
            let length = next == 44 ? 8 : (Int(octets[offset + 1]) + 1) * 8
            next = octets[offset]
            offset += length
        }
        guard next == 58, offset < octets.count, (133...137).contains(octets[offset]) else { return }
        violations.add("SEC-05: \(packet.receiver) was given ICMPv6 of type \(octets[offset])")
    }
}
