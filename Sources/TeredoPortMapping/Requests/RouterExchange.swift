public import TeredoWire

/// An exchange with the router over TCP: connect, send, read until an ``HTTPReader`` is at its end, for ten seconds at
/// most.
public struct RouterExchange: Hashable, Sendable {
    /// What to give back with the answer; no two exchanges of a mapper have the same.
    public let identifier: Int
    /// Where to connect to: the gateway's address and a TCP port.
    public let destination: UDPEndpoint
    /// The octets to send, an HTTP request (RFC 9112).
    public let request: [UInt8]
}
