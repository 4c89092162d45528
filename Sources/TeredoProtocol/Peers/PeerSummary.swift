public import TeredoWire

/// What a client or relay tells about one of its peers to those who watch it.
public struct PeerSummary: Hashable, Sendable {
    /// Which way packets for a peer go.
    public enum Path: String, Hashable, Sendable, CaseIterable {
        /// Straight to the endpoint of another Teredo node.
        case direct
        /// To the relay that stands for a native IPv6 host.
        case relay
        /// To a transit relay, which carries them between two clients.
        case transit
        /// None yet: the peer is being asked.
        case contacting
        /// None: not proved, or silent for 30 s; the next packet asks the peer anew.
        case idle
    }

    /// The IPv6 address.
    public let address: IPv6Address
    /// Which way packets go.
    public let path: Path
    /// Where packets go, or would go, on UDP.
    public let endpoint: UDPEndpoint
    /// When the peer was last heard of; `nil` while its endpoint is not proved, and on the way through a transit relay while
    /// no packet of it came.
    public let lastReception: ProtocolInstant?
    /// Whether the peer was seen behind a symmetric NAT (RFC 6081 section 5.3).
    public let isSymmetric: Bool
    /// Whether the peer understands the trailers of RFC 6081.
    public let knowsTrailers: Bool

    /// How long the last exchange that was measured took; `nil` when none was.
    ///
    /// It was a bubble and its answer, or a connectivity test; one way of it may have led through a server.
    public let roundTripTime: Duration?
    /// Whether packets of a Teredo peer come from the endpoint that its server saw.
    ///
    /// It is `nil` while the peer is not proved, and for native peers.
    public let keepsEndpoint: Bool?

    /// The octets of the packets that came from the peer since it is remembered; `nil` where they are not counted.
    public internal(set) var octetsReceived: UInt64?
    /// The octets of the packets that went to the peer; `nil` where they are not counted.
    public internal(set) var octetsSent: UInt64?

    init(_ peer: Peer, address: IPv6Address, now: ProtocolInstant) {
        self.address = address
        isSymmetric = peer.isSymmetricPeer
        knowsTrailers = peer.knowsTrailers
        roundTripTime = peer.roundTrip.duration
        keepsEndpoint =
            peer.isTrusted
            ? TeredoAddress(address).map { $0.mappedEndpoint == peer.receptionEndpoint } : nil
        path =
            if peer.hasDetails, let transit = peer.transit, transit.isOpen(now: now),
                transit.isInUse || !peer.isConfirmed(now: now)
            {
                .transit
            } else if peer.isValid(now: now) {
                address.isTeredo ? .direct : .relay
            } else {
                peer.isAwaited ? .contacting : .idle
            }
        lastReception =
            path == .transit ? peer.transit?.lastReception : peer.isTrusted ? peer.lastReception : nil
        endpoint = path == .transit ? peer.transit?.relay.endpoint ?? peer.endpoint : peer.endpoint
    }
}
