import TeredoWire

/// A ping that somebody asked for on the control socket.
package struct PingInquiry: Hashable, Sendable {
    /// The number of the request, which the answer repeats.
    let id: Int?
    /// Whom to ping.
    let address: IPv6Address
    /// How long to wait for the reply.
    let timeout: Duration
}
