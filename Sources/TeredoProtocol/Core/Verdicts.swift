public import TeredoWire

/// What becomes of a datagram that a client or relay received.
public enum ReceptionVerdict: Hashable, Sendable {
    /// The octets in the range are an IPv6 packet for the host or the IPv6 side: hand them on as they are.
    case deliver(Range<Int>)
    /// The machine used the datagram up; drain its outputs.
    case consumed
    /// The datagram was dropped and counted.
    case drop(DropReason)
}

/// What becomes of an IPv6 packet that a client or relay took from the host or the IPv6 side.
public enum TransmissionVerdict: Hashable, Sendable {
    /// Send the packet as it is, as UDP payload, from the given port to the endpoint.
    case forward(to: UDPEndpoint, from: LocalPort = .service)
    /// The machine keeps or used up the packet; drain its outputs.
    case consumed
    /// The packet was dropped and counted; an ICMPv6 error may wait among the deliveries.
    case drop(DropReason)
}
