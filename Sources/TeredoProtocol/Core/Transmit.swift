public import TeredoWire

/// The sockets of a client: which one a datagram came in on, or must leave from.
public enum LocalPort: Hashable, Sendable {
    /// The service port: everything but the ones below.
    case service
    /// The secondary port of the refresh interval determination (RFC 4380 section 5.2.7).
    case secondary
    /// A random port for one peer (RFC 6081 section 5.4), known by its slot, 0 to 63.
    case randomPort(UInt8)
}

/// A datagram whose payload is in the caller's buffer: where to send it and from which socket.
///
/// A destination of 224.0.0.253 means: on every interface used for local discovery, with IPv4 TTL 1.
public struct Transmit: Hashable, Sendable {
    /// The IPv4 destination.
    public let destination: UDPEndpoint
    /// The socket to send from.
    public let port: LocalPort
    /// The IPv4 time to live of a datagram that is not meant to arrive, 1 to 255; `nil` for the usual one of the system.
    public let timeToLive: UInt8?
    /// The number of octets that were appended to the caller's buffer.
    public let count: Int

    /// Makes a description of a datagram.
    public init(destination: UDPEndpoint, port: LocalPort = .service, timeToLive: UInt8? = nil, count: Int) {
        self.destination = destination
        self.port = port
        self.timeToLive = timeToLive
        self.count = count
    }
}
