import TeredoWire

/// A host with native IPv6 only.
final class NativeNode: SimulatedNode {
    let name: String
    let address: IPv6Address
    var stack = HostStack()
    var index = -1

    init(name: String, address: IPv6Address) {
        self.name = name
        self.address = address
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        network.lost(datagram, at: name)
    }

    func receive(packet: [UInt8], in network: SimulatedNetwork) {
        if let answer = stack.receive(packet, own: [address], now: network.now) {
            network.send(packet: answer, by: index)
        }
    }
}
