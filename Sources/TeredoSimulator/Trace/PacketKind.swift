public import TeredoWire

/// What a packet is for, told from its octets alone.
public enum PacketKind: Hashable, Sendable {
    /// A router solicitation, with or without the cone bit (RFC 4380 section 5.2.1).
    case routerSolicitation(isCone: Bool)
    /// A router advertisement.
    case routerAdvertisement
    /// A bubble to the multicast address of local discovery (section 5.2.8).
    case discoveryBubble
    /// A bubble of a node to its own address, with which it tests its mapping.
    case bubbleToItself
    /// A message about transit.
    case transit(TransitMessage.Kind)
    /// A bubble that goes, or went, through a server.
    case indirectBubble
    /// A bubble that goes from peer to peer, or a native packet without payload.
    case directBubble, nativeBubble
    /// The two halves of a connectivity test (section 5.2.9).
    case testRequest, testReply
    /// The two halves of a ping.
    case pingRequest, pingReply
    /// Another message of ICMPv6, with its type.
    case icmpv6(UInt8)
    /// Anything else with a payload.
    case data
    /// Octets that are no Teredo datagram, or no IPv6 packet.
    case notTeredo, notIPv6

    /// The kind of a UDP payload that is sent to `destination`.
    public init(datagram payload: [UInt8], to destination: UDPEndpoint) {
        guard let datagram = try? TeredoDatagram(validating: payload.span) else {
            self = .notTeredo
            return
        }
        let packet = Array(payload[datagram.packet])
        if let solicitation = try? RouterSolicitation(validating: packet.span) {
            self = .routerSolicitation(isCone: solicitation.coneBit)
        } else if (try? RouterAdvertisement(validating: packet.span)) != nil {
            self = .routerAdvertisement
        } else if datagram.header.isBubble {
            self = Self.bubble(payload, datagram, to: destination)
        } else {
            self.init(packet: packet)
        }
    }

    /// The kind of an IPv6 packet.
    public init(packet: [UInt8]) {
        guard let header = try? IPv6Header(validating: packet.span) else {
            self = .notIPv6
            return
        }
        guard let type = header.icmpv6Type(in: packet.span) else {
            self = header.nextHeader == IPv6Header.NextHeader.none ? .nativeBubble : .data
            return
        }
        // Pings of simulated hosts carry 32 octets of data, connectivity tests the 16 octets of a nonce.
        let isTest = packet.count == 40 + 8 + 16
        self =
            switch type {
            case ICMPv6.echoRequest: isTest ? .testRequest : .pingRequest
            case ICMPv6.echoReply: isTest ? .testReply : .pingReply
            default: .icmpv6(type)
            }
    }

    private static func bubble(_ payload: [UInt8], _ datagram: TeredoDatagram, to destination: UDPEndpoint) -> Self {
        if destination.address.isMulticast { return .discoveryBubble }
        if datagram.header.source == datagram.header.destination { return .bubbleToItself }
        let octets = Array(payload[datagram.trailers])
        if case .transit(let message) = (try? TrailerList(parsing: octets.span))?.trailers.first {
            return .transit(message.kind)
        }
        if datagram.origin != nil { return .indirectBubble }
        let server = TeredoAddress(datagram.header.destination)?.server
        let isThroughServer = destination.port == TeredoConstants.udpPort && destination.address == server
        return isThroughServer ? .indirectBubble : .directBubble
    }

    /// Whether it is part of the talk of a client with its server.
    public var isQualification: Bool {
        switch self {
        case .routerSolicitation, .routerAdvertisement: true
        default: false
        }
    }
}
