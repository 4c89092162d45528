package import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// What a running client or relay reports about one of its peers; `nil` stands for unknown.
package struct PeerStatus: Hashable, Sendable, Codable {
    /// The IPv6 address.
    package var address: IPv6Address
    /// Which way packets go.
    package var path: PeerSummary.Path
    /// Where packets go, or would go, on UDP.
    package var endpoint: UDPEndpoint
    /// How long ago the peer was last heard of; absent while its endpoint is not proved.
    @JSONTimeIfKnown<Seconds> package var heard: Duration?
    /// Whether the peer was seen behind a symmetric NAT.
    package var symmetricNAT: Bool
    /// Whether packets of a Teredo peer come from the endpoint that its server saw: its NAT shows everybody the same.
    package var endpointKept: Bool?
    /// How long the last exchange that was measured took.
    @JSONTimeIfKnown<TenthsOfMilliseconds> package var roundTrip: Duration?
    /// The octets of the packets that came from the peer since it is remembered; absent where they are not counted.
    package var octetsReceived: UInt64?
    /// The octets of the packets that went to the peer; absent where they are not counted.
    package var octetsSent: UInt64?
    /// Whether the peer was seen to understand the trailers of RFC 6081.
    package var extensions: Bool

    private enum CodingKeys: String, CodingKey {
        case address, path, endpoint
        case heard = "heardSeconds"
        case symmetricNAT, endpointKept
        case roundTrip = "roundTripMilliseconds"
        case octetsReceived, octetsSent, extensions
    }

    /// Makes a report out of its parts.
    package init(
        address: IPv6Address,
        path: PeerSummary.Path,
        endpoint: UDPEndpoint,
        heard: Duration? = nil,
        symmetricNAT: Bool,
        endpointKept: Bool? = nil,
        roundTrip: Duration? = nil,
        octetsReceived: UInt64? = nil,
        octetsSent: UInt64? = nil,
        extensions: Bool
    ) {
        self.address = address
        self.path = path
        self.endpoint = endpoint
        self.heard = heard
        self.symmetricNAT = symmetricNAT
        self.endpointKept = endpointKept
        self.roundTrip = roundTrip
        self.octetsReceived = octetsReceived
        self.octetsSent = octetsSent
        self.extensions = extensions
    }
}

extension PeerStatus {
    /// What a machine knows of a peer at `now`.
    package init(_ peer: PeerSummary, now: ProtocolInstant) {
        self.init(
            address: peer.address,
            path: peer.path,
            endpoint: peer.endpoint,
            heard: peer.lastReception.map { max(.zero, now - $0) },
            symmetricNAT: peer.isSymmetric,
            endpointKept: peer.keepsEndpoint,
            roundTrip: peer.roundTripTime,
            octetsReceived: peer.octetsReceived,
            octetsSent: peer.octetsSent,
            extensions: peer.knowsTrailers
        )
    }
}
