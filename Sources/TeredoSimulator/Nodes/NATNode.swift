import TeredoWire

/// A NAT between a LAN and the segment outside.
final class NATNode: SimulatedNode {
    let name: String
    var nat: SimulatedNAT
    let inside: Int
    private let outside: Int
    var index = -1

    init(name: String, nat: SimulatedNAT, inside: Int, outside: Int) {
        self.name = name
        self.nat = nat
        self.inside = inside
        self.outside = outside
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        guard datagram.timeToLive > 1 else { return network.lost(datagram, at: name) }
        var datagram = datagram
        datagram.timeToLive -= 1
        if segment == inside {
            receiveFromInside(datagram, in: network)
        } else {
            receiveFromOutside(datagram, in: network)
        }
    }

    private func receiveFromInside(_ datagram: SimulatedDatagram, in network: SimulatedNetwork) {
        var datagram = datagram
        let internalSource = datagram.source
        datagram.source = nat.outbound(from: datagram.source, to: datagram.destination, now: network.now)
        guard nat.addresses.contains(datagram.destination.address) else {
            return network.forward(datagram, by: index, on: outside)
        }
        guard nat.behavior.hairpinning != .none,
            let target = nat.inbound(from: datagram.source, to: datagram.destination, now: network.now)
        else { return network.lost(datagram, at: name) }
        datagram.destination = target
        if nat.behavior.hairpinning == .internalSource { datagram.source = internalSource }
        network.forward(datagram, by: index, on: inside)
    }

    private func receiveFromOutside(_ datagram: SimulatedDatagram, in network: SimulatedNetwork) {
        guard let target = nat.inbound(from: datagram.source, to: datagram.destination, now: network.now) else {
            return network.lost(datagram, at: name)
        }
        var datagram = datagram
        datagram.destination = target
        network.forward(datagram, by: index, on: inside)
    }
}
