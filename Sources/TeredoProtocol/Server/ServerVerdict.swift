public import TeredoWire

/// The two sockets of a server.
public enum ServerSocket: Hashable, Sendable {
    /// UDP 3544 of the primary address.
    case primary
    /// UDP 3544 of the secondary address.
    case secondary
}

/// What becomes of a datagram that a server received; the answer is in the caller's buffer.
public enum ServerVerdict: Hashable, Sendable {
    /// Send the octets that were appended from a socket to an endpoint: an advertisement, an echo reply or a forwarded
    /// packet.
    case reply(from: ServerSocket, to: UDPEndpoint, count: Int)
    /// Send the octets that were appended, a whole IPv6 packet with its hop limit decremented, to native IPv6.
    case forwardNative(count: Int)
    /// The datagram was dropped and counted.
    case drop(DropReason)
}
