import TeredoWire

/// Why a datagram or packet went no further: nothing is dropped without one of these being counted.
public enum DropReason: Int, CaseIterable, Hashable, Sendable {
    /// The bytes are not a Teredo datagram or not an IPv6 packet (V1, SEC-37).
    case malformed
    /// IPv4 source multicast, broadcast or unspecified, or UDP source port 0 (V2).
    case invalidIPv4Source
    /// IPv4 source not global unicast (V3, S3).
    case nonGlobalIPv4Source
    /// Sent to the discovery group but not an acceptable discovery bubble, or the reverse (V4, R5, SEC-35).
    case invalidDiscovery
    /// Neither a bubble nor ICMPv6 directly behind the IPv6 header (V5, S2).
    case unsupportedNextHeader
    /// IPv6 destination is not ours (V6, SEC-52).
    case foreignDestination
    /// IPv6 source that no packet may have, or our own (V7, I3).
    case invalidSource
    /// IPv6 source link-local where only bubbles and advertisements may have one (V8, R4).
    case linkLocalSource
    /// Embedded endpoint and observed endpoint differ and nothing vouches for the sender (V9, R9b, Y4).
    case endpointMismatch
    /// IPv6 destination multicast (V10, T-b, I2, Y9).
    case multicastDestination
    /// A router advertisement that answers no outstanding solicitation (V11, SEC-01).
    case unexpectedAdvertisement
    /// A router advertisement that breaks a rule of RFC 4380 section 5.2.1 (SEC-06).
    case invalidAdvertisement
    /// Authentication missing, wrong nonce or wrong authentication value (SEC-01, SEC-02, SEC-04).
    case authenticationFailed
    /// Wrong ICMPv6 checksum in a message that the node itself consumes (V12).
    case wrongChecksum
    /// Origin indication from anybody but the client's own server (V13).
    case foreignOrigin
    /// The IPv4 endpoint that an answer or a forwarded packet would go to is not allowed (V14, SEC-34).
    case forbiddenEndpoint
    /// Neighbour discovery or router messages never pass the tunnel (R0, SEC-05).
    case neighborDiscovery
    /// Routing header type 0 or with segments left (SEC-20).
    case sourceRouting
    /// The first fragment of a packet without all of its headers: what the whole is cannot be told (SEC-05, SEC-20, RFC 7112).
    case incompleteFragment
    /// The client is not qualified (T-a, R0).
    case notQualified
    /// IPv6 destination link-local, site-local, loopback or unspecified (T-c, Y9).
    case localDestination
    /// IPv6 source is not the client's own Teredo address, or outside the served prefixes (T-e, I4).
    case foreignSource
    /// Longer than the link MTU (T-f, I10).
    case tooBig
    /// The destination's mapped endpoint is our own (T-g, I7).
    case ownEndpoint
    /// The server inside the destination address is not global unicast, or is the node itself (T-h, I8).
    case invalidServer
    /// The packet queue of the peer or of all peers together is full (SEC-32).
    case queueFull
    /// Four bubbles brought no answer, and the next one may not go yet (RFC 4380 sections 5.2.6 and 5.4.1, SEC-45).
    case bubbleLimitReached
    /// Queued packet whose peer did not answer in time (T5, X3).
    case peerUnreachable
    /// Held packet whose source did not pass the connectivity test (R10, SEC-07).
    case connectivityTestFailed
    /// The cap on answers, tests or errors is reached (SEC-43, SEC-44, SEC-45).
    case answerLimitReached
    /// The peer table is full of peers that must not be evicted, or too many new peers (SEC-30, SEC-31).
    case peerTableFull
    /// IPv6 destination outside 2001::/32 (I1), or source outside it (Y2).
    case notTeredo
    /// Teredo to Teredo through a relay (I5, Y10, SEC-53).
    case teredoToTeredo
    /// The address of another tunnel mechanism embeds an own or non-global IPv4 address (I9, Y11, SEC-54).
    case foreignTunnelLoop
    /// An indication that the sender may not use (S5, S6, Y1, SEC-51).
    case unexpectedIndication
    /// A packet from a client that no packet was sent to, and that the relay need not meet (Y6).
    case unknownPeer
    /// IPv6 destination outside the range that the relay serves (Y12).
    case outsideServedRange
    /// Hop limit used up (Y13, SEC-56).
    case hopLimitExceeded
    /// Datagram from the server's own address (S4, SEC-50).
    case ownIPv4Source
    /// No source rule of the server applies (S7d).
    case sourceRefused
    /// Solicitation without the authentication that the server requires (S7a, SEC-04).
    case secureQualificationFailed
    /// Solicitation with the cone bit to a server that has no second address to answer from (RFC 4380 section 5.3.2).
    case noSecondAddress
    /// IPv6 destination that a server never forwards to (D3, D4, D6).
    case unforwardableDestination
    /// ICMPv6 type or size that a server does not forward (D5, D7, SEC-42).
    case forbiddenICMPv6
    /// A token bucket of the server is empty (SEC-40).
    case rateLimited
    /// A packet between two clients whose transit is not open, or no longer (docs/transit.md section 5).
    case transitClosed
    /// A trailer that demands that the packet be discarded (RFC 6081 section 4).
    case invalidTrailer
    /// A peer evicted or flushed took its queued packets with it.
    case flushed
    /// An ICMPv4 error about something that was not sent, or that does not go on (RFC 5927).
    case foreignError
    /// An ICMPv4 error about something that was sent, without a quotation of what only its receiver can know (RFC 5927).
    case unprovenError
    /// An ICMPv4 error about a peer or server that was heard all the same (SEC-38).
    case contradictedError
    /// An ICMPv4 error that is no sign of death: time exceeded, fragmentation needed and the like.
    case inconsequentialError
    /// Too many ICMPv4 errors at once.
    case errorLimitReached
    /// From, or for, an address that the operator denies (`deny-source`).
    case denied
}

extension DropReason {
    /// The name used in counters and logs.
    public var label: String { "\(self)" }
}

extension DropReason {
    /// Why `packet`, a valid IPv6 packet with nothing behind it, must not come out of the tunnel, or be carried on in it;
    /// `nil` for most.
    @inline(__always)
    static func objection(to packet: Span<UInt8>) -> Self? {
        switch IPv6ExtensionHeaders.objection(to: packet) {
        case nil: nil
        case .neighborDiscovery: .neighborDiscovery
        case .sourceRouting: .sourceRouting
        case .incompleteFragment: .incompleteFragment
        }
    }
}
