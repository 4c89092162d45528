import TeredoWire

/// Something with a place in the simulated network.
protocol SimulatedNode: AnyObject {
    /// The name in traces and charts.
    var name: String { get }
    /// Takes a datagram that came in on a segment.
    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork)
    /// Takes an ICMPv4 error about a datagram that came by here.
    func receive(_ error: SimulatedError, on segment: Int, in network: SimulatedNetwork)
    /// Takes a native IPv6 packet.
    func receive(packet: [UInt8], in network: SimulatedNetwork)
    /// Does what is due.
    func wake(in network: SimulatedNetwork)
    /// Whether routes lead to the node: to one whose process ended they do not.
    var isRoutable: Bool { get }
    /// Whether the node is there to harm the others.
    var isHostile: Bool { get }
    /// When the node has something to do next.
    var nextTimeout: ProtocolInstant? { get }
}

extension SimulatedNode {
    func receive(_ error: SimulatedError, on segment: Int, in network: SimulatedNetwork) {}
    func receive(packet: [UInt8], in network: SimulatedNetwork) {}
    func wake(in network: SimulatedNetwork) {}
    var isRoutable: Bool { true }
    var isHostile: Bool { false }
    var nextTimeout: ProtocolInstant? { nil }
}
