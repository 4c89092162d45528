public import TeredoWire

/// A UDP datagram over IPv4 on its way.
public struct SimulatedDatagram: Hashable, Sendable {
    /// The sender as the current link sees it.
    public var source: UDPEndpoint
    /// The receiver as the current link sees it.
    public var destination: UDPEndpoint
    /// The IPv4 time to live.
    public var timeToLive: UInt8 = usualTimeToLive
    /// The UDP payload.
    public let payload: [UInt8]
    /// Which row of the trace tells of it.
    let traceIndex: Int
    /// The node that sent it, whatever its source says.
    let origin: Int

    /// What a datagram begins with unless its sender says otherwise.
    static let usualTimeToLive: UInt8 = 64
}
