public import TeredoWire

/// The sockets of a NAT diagnosis: which one a datagram came in on, or must leave from.
public enum ProbePort: Hashable, Sendable {
    /// Asks both server addresses: mapping behaviour.
    case main
    /// Asks the primary address, and is the other end of the hairpinning test.
    case hairpin
    /// Asks the primary address: one more port for the port assignment, 0 and 1.
    case extra(UInt8)
    /// Asks the primary address for an answer from the secondary one, before it sends anything there: filtering behaviour, and
    /// whether the box remembers what it did not let in.
    case filtering
    /// Stays idle for one of the times of the lifetime test, known by its number.
    case lifetime(UInt8)
}

/// A datagram of a diagnosis whose payload is in the caller's buffer: where to send it and from which socket.
public struct ProbeTransmit: Hashable, Sendable {
    /// The IPv4 destination.
    public let destination: UDPEndpoint
    /// The socket to send from.
    public let port: ProbePort
    /// The number of octets that were appended to the caller's buffer.
    public let count: Int
}
