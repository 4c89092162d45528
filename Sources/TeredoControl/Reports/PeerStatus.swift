import TeredoHost
package import TeredoProtocol
import TeredoWire

/// What a running client or relay reports about one of its peers; `nil` stands for unknown.
package struct PeerStatus: Hashable, Sendable, Codable {
    /// The IPv6 address.
    package var address: String
    /// Which way packets go: `direct`, `relay`, `transit`, `contacting` or `idle`.
    package var path: String
    /// Where packets go, or would go, on UDP.
    package var endpoint: String
    /// Seconds since the peer was last heard of; absent while its endpoint is not proved.
    package var heardSeconds: Int?
    /// Whether the peer was seen behind a symmetric NAT.
    package var symmetricNAT: Bool
    /// Whether packets of a Teredo peer come from the endpoint that its server saw: its NAT shows everybody the same.
    package var endpointKept: Bool?
    /// How many milliseconds the last exchange that was measured took.
    package var rttMilliseconds: Double?
    /// The octets of the packets that came from the peer since it is remembered; absent where they are not counted.
    package var octetsReceived: UInt64?
    /// The octets of the packets that went to the peer; absent where they are not counted.
    package var octetsSent: UInt64?
    /// Whether the peer was seen to understand the trailers of RFC 6081.
    package var extensions: Bool

    /// Makes a report out of its parts.
    package init(
        address: String,
        path: String,
        endpoint: String,
        heardSeconds: Int? = nil,
        symmetricNAT: Bool,
        endpointKept: Bool? = nil,
        rttMilliseconds: Double? = nil,
        octetsReceived: UInt64? = nil,
        octetsSent: UInt64? = nil,
        extensions: Bool
    ) {
        self.address = address
        self.path = path
        self.endpoint = endpoint
        self.heardSeconds = heardSeconds
        self.symmetricNAT = symmetricNAT
        self.endpointKept = endpointKept
        self.rttMilliseconds = rttMilliseconds
        self.octetsReceived = octetsReceived
        self.octetsSent = octetsSent
        self.extensions = extensions
    }
}

extension PeerStatus {
    package init(_ peer: PeerSummary, now: ProtocolInstant) {
        address = peer.address.description
        path = peer.path.rawValue
        endpoint = peer.endpoint.description
        heardSeconds = peer.lastReception.map {
            TimeText.wholeSeconds(nanoseconds: max(0, now.nanoseconds - $0.nanoseconds))
        }
        symmetricNAT = peer.isSymmetric
        endpointKept = peer.keepsEndpoint
        rttMilliseconds = peer.roundTripTime.map { ($0 / .microseconds(100)).rounded() / 10 }
        octetsReceived = peer.octetsReceived
        octetsSent = peer.octetsSent
        extensions = peer.knowsTrailers
    }
}
