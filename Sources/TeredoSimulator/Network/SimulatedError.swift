import TeredoWire

/// An ICMPv4 error on its way back to the sender of a datagram.
struct SimulatedError {
    let kind: ICMPv4Error.Kind
    /// Who says it.
    let reporter: IPv4Address
    /// The source of the datagram that it is about, as the current link sees it: where it goes.
    var source: UDPEndpoint
    /// The destination of that datagram, as the current link sees it.
    var destination: UDPEndpoint
    /// What is quoted of the payload.
    let quoted: [UInt8]

    /// The error as a machine takes it.
    var message: ICMPv4Error { ICMPv4Error(kind, by: reporter, about: destination) }
}
