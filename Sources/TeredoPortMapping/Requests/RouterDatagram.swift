package import TeredoWire

/// A datagram to send from the mapper's socket.
package struct RouterDatagram: Hashable, Sendable {
    /// The router, or the search group on the way to it.
    package let destination: UDPEndpoint
    /// The payload.
    package let bytes: [UInt8]
}
