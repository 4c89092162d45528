import TeredoWire

/// A NAT between a LAN and the segment outside.
final class NATNode: SimulatedNode {
    let name: String
    var nat: SimulatedNAT
    let inside: Int
    let outside: Int
    var index = -1

    init(name: String, nat: SimulatedNAT, inside: Int, outside: Int) {
        self.name = name
        self.nat = nat
        self.inside = inside
        self.outside = outside
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        guard segment == inside else { return receiveFromOutside(datagram, in: network) }
        guard datagram.timeToLive > 1 else { return network.lost(datagram, at: name) }
        var datagram = datagram
        datagram.timeToLive -= 1
        receiveFromInside(datagram, in: network)
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

    /// What is for the box itself may have used up its time to live; what is to go on must not.
    private func receiveFromOutside(_ datagram: SimulatedDatagram, in network: SimulatedNetwork) {
        guard let target = nat.inbound(from: datagram.source, to: datagram.destination, now: network.now) else {
            network.lost(datagram, at: name)
            return network.report(.portUnreachable, about: datagram, by: datagram.destination.address, on: outside)
        }
        guard datagram.timeToLive > 1 else { return network.lost(datagram, at: name) }
        var datagram = datagram
        datagram.timeToLive -= 1
        datagram.destination = target
        network.forward(datagram, by: index, on: inside)
    }

    func receive(_ error: SimulatedError, on segment: Int, in network: SimulatedNetwork) {
        var error = error
        if segment == inside {
            guard let place = nat.outside(of: error.destination, to: error.source) else { return }
            error.destination = place
            network.forward(error, on: outside)
        } else {
            guard let place = nat.inside(of: error.source, to: error.destination) else { return }
            error.source = place
            network.forward(error, on: inside)
        }
    }
}
