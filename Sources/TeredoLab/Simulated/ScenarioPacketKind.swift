package import TeredoSimulator

/// What a packet of a scenario is, in one word for programs; its meaning says the same to people, with what it carries.
package enum ScenarioPacketKind: String, CaseIterable, Codable, Hashable, Sendable {
    /// A router solicitation.
    case routerSolicitation
    /// A router advertisement.
    case routerAdvertisement
    /// A bubble of local discovery.
    case discoveryBubble
    /// A bubble with which a node tests its mapping.
    case bubbleToItself
    /// A message about transit.
    case transit
    /// A bubble through a server.
    case indirectBubble
    /// A bubble from peer to peer.
    case directBubble
    /// A native packet without payload.
    case nativeBubble
    /// The request of a connectivity test.
    case testRequest
    /// Its reply.
    case testReply
    /// The request of a ping.
    case pingRequest
    /// Its reply.
    case pingReply
    /// Another message of ICMPv6.
    case icmpv6
    /// Anything else with a payload.
    case data
    /// No Teredo datagram.
    case notTeredo
    /// No IPv6 packet.
    case notIPv6

    /// The word for what a trace says.
    package init(_ kind: PacketKind) {
        self =
            switch kind {
            case .routerSolicitation: .routerSolicitation
            case .routerAdvertisement: .routerAdvertisement
            case .discoveryBubble: .discoveryBubble
            case .bubbleToItself: .bubbleToItself
            case .transit: .transit
            case .indirectBubble: .indirectBubble
            case .directBubble: .directBubble
            case .nativeBubble: .nativeBubble
            case .testRequest: .testRequest
            case .testReply: .testReply
            case .pingRequest: .pingRequest
            case .pingReply: .pingReply
            case .icmpv6: .icmpv6
            case .data: .data
            case .notTeredo: .notTeredo
            case .notIPv6: .notIPv6
            }
    }
}
