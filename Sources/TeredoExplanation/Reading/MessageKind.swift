/// What a packet of a Teredo network is for.
package enum MessageKind: String, Hashable, Sendable, CaseIterable {
    /// A client asks a server for its address (RFC 4380 section 5.2.1).
    case routerSolicitation
    /// The answer of the server.
    case routerAdvertisement
    /// A bubble to the peer itself, which opens the sender's NAT.
    case directBubble
    /// A bubble that goes, or came, through the server of the peer.
    case indirectBubble
    /// A bubble to everybody on the link (section 5.2.8).
    case discoveryBubble
    /// A bubble about transit through a relay (docs/transit.md).
    case transitMessage
    /// An echo request through the client's server to a native host, to find its relay (section 5.2.9).
    case connectivityTest
    /// The answer to it, which comes from the relay.
    case connectivityTestReply
    /// Another echo request.
    case echoRequest
    /// Another echo reply.
    case echoReply
    /// An ICMPv6 error.
    case icmpv6Error
    /// Neighbour discovery other than between client and server.
    case neighborDiscovery
    /// Other ICMPv6.
    case icmpv6
    /// What the tunnel is for.
    case data
    /// A fragment of a datagram, of which no more can be told.
    case fragment
    /// An ICMPv4 error about a datagram.
    case icmpv4Error
    /// IPv6 outside of the tunnel, from or to a Teredo address.
    case nativeIPv6
    /// What is not well-formed (V1).
    case notWellFormed

    /// The kind in words.
    package var words: String {
        switch self {
        case .routerSolicitation: "router solicitation"
        case .routerAdvertisement: "router advertisement"
        case .directBubble: "direct bubble"
        case .indirectBubble: "indirect bubble"
        case .discoveryBubble: "discovery bubble"
        case .transitMessage: "transit message"
        case .connectivityTest: "test echo request"
        case .connectivityTestReply: "test echo reply"
        case .echoRequest: "ping request"
        case .echoReply: "ping reply"
        case .icmpv6Error: "ICMPv6 error"
        case .neighborDiscovery: "neighbour discovery"
        case .icmpv6: "ICMPv6"
        case .data: "data"
        case .fragment: "fragment"
        case .icmpv4Error: "ICMPv4 error"
        case .nativeIPv6: "native IPv6"
        case .notWellFormed: "not well-formed"
        }
    }

    /// Whether it carries something for the hosts, or for the host at the other end.
    var isTraffic: Bool {
        switch self {
        case .data, .echoRequest, .echoReply, .connectivityTestReply, .icmpv6, .icmpv6Error: true
        default: false
        }
    }

    var isBubble: Bool { self == .directBubble || self == .indirectBubble }
}
