package import TeredoWire

/// An exchange with the router over TCP: connect, send, read until an ``HTTPReader`` is at its end, for ten seconds at
/// most.
package struct RouterExchange: Hashable, Sendable {
    /// What to give back with the answer.
    package let identifier: Int
    /// Address and TCP port.
    package let destination: UDPEndpoint
    /// The request.
    package let request: [UInt8]
}
