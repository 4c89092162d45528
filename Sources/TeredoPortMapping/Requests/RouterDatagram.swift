public import TeredoWire

/// A datagram to send from the mapper's socket.
public struct RouterDatagram: Hashable, Sendable {
    /// The router at port 5351, or the search group of UPnP, 239.255.255.250:1900, on the way to it.
    public let destination: UDPEndpoint
    /// The payload.
    public let bytes: [UInt8]
}
