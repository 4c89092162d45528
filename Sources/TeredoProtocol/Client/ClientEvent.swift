public import TeredoWire

/// What a client asks of its owner, or tells it.
public enum ClientEvent: Hashable, Sendable {
    /// Find the addresses of the servers (again) and call `setServers`.
    case serverAddressNeeded
    /// The status changed.
    case statusChanged(ConnectivityStatus, reason: StateChangeReason)
    /// Give the interface this address and MTU.
    case addressAssigned(TeredoAddress, mtu: Int)
    /// Take this address away from the interface.
    case addressWithdrawn(TeredoAddress, reason: StateChangeReason)
    /// The server advertised another MTU.
    case mtuChanged(Int)
    /// Open the secondary port and call `secondaryPortOpened` (RFC 4380 section 5.2.7).
    case secondaryPortNeeded
    /// Close the secondary port.
    case secondaryPortDone
    /// Open a socket on a random port, apart from the service port, and call `randomPortOpened` or
    /// `randomPortFailed` (RFC 6081 section 5.4).
    case randomPortNeeded(UInt8)
    /// Close the socket of this slot.
    case randomPortDone(UInt8)
    /// The server announced a transit relay.
    case transitRelayFound(UDPEndpoint)
    /// Packets for this peer, which went through the transit relay, go directly now.
    case pathChanged(IPv6Address)
    /// Another refresh interval was found: by the determination, or because a longer one proved to be right or wrong.
    case refreshIntervalChanged(Duration)
    /// The NAT forgot the mapping within a time, so that the refresh interval is a shorter one now.
    case mappingLost(within: Duration, refreshInterval: Duration)
    /// The NAT forgets mappings faster than they may be refreshed; the interval is the one that is set.
    case mappingNotKept(within: Duration)
    /// The server asks the client to obtain a new key (RFC 4380 section 5.2.2).
    case keyReplacementAdvised
}
