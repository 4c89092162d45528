public import TeredoWire

/// Puts the meaning of a packet into words, from its bytes alone.
public enum PacketMeaning {
    /// The meaning of a UDP payload that is sent to `destination`.
    public static func ofDatagram(_ payload: [UInt8], to destination: UDPEndpoint) -> String {
        let kind = PacketKind(datagram: payload, to: destination)
        guard let datagram = try? TeredoDatagram(validating: payload.span) else { return words(kind) }
        return switch kind {
        case .routerSolicitation, .discoveryBubble: words(kind)
        case .transit: String(trailers(payload, datagram).dropFirst(2))
        case .indirectBubble, .directBubble: words(kind) + origin(datagram) + trailers(payload, datagram)
        default: words(kind) + origin(datagram)
        }
    }

    /// The meaning of a native IPv6 packet.
    public static func ofPacket(_ packet: [UInt8]) -> String { words(PacketKind(packet: packet)) }

    private static func words(_ kind: PacketKind) -> String {
        switch kind {
        case .routerSolicitation(let isCone): isCone ? "router solicitation, cone" : "router solicitation"
        case .routerAdvertisement: "router advertisement"
        case .discoveryBubble: "discovery bubble"
        case .bubbleToItself: "bubble to itself"
        case .transit(let kind): "transit \(kind)"
        case .indirectBubble: "indirect bubble"
        case .directBubble: "direct bubble"
        case .nativeBubble: "bubble"
        case .testRequest: "test echo request"
        case .testReply: "test echo reply"
        case .pingRequest: "ping request"
        case .pingReply: "ping reply"
        case .icmpv6(ICMPv6.destinationUnreachable): "destination unreachable"
        case .icmpv6(ICMPv6.packetTooBig): "packet too big"
        case .icmpv6(ICMPv6.timeExceeded): "time exceeded"
        case .icmpv6(let type): "ICMPv6 type \(type)"
        case .data: "data"
        case .notTeredo: "not Teredo"
        case .notIPv6: "not IPv6"
        }
    }

    private static func trailers(_ payload: [UInt8], _ datagram: TeredoDatagram) -> String {
        let octets = Array(payload[datagram.trailers])
        guard !octets.isEmpty, let list = try? TrailerList(parsing: octets.span) else { return "" }
        let words = list.trailers.map { trailer in
            switch trailer {
            case .nonce: "nonce"
            case .alternateAddresses(let endpoints): "alternates \(endpoints.map(\.description).joined(separator: " "))"
            case .neighborDiscovery(.solicitation): "solicitation"
            case .neighborDiscovery(.advertisement): "advertisement"
            case .randomPort(let port): "random port \(port)"
            case .sender: "sender"
            case .sourceProof: "source proof"
            case .relaySiblings(let siblings):
                "relay siblings \(siblings.endpoints.map(\.description).joined(separator: " "))"
            case .transitRelay(let relay, _): "reached through \(relay)"
            case .transit(let message): "transit \(message.kind)"
            case .opaque(let type, _): "trailer \(type)"
            }
        }
        return ", " + words.joined(separator: ", ")
    }

    private static func origin(_ datagram: TeredoDatagram) -> String {
        datagram.origin.map { ", origin \($0.endpoint)" } ?? ""
    }
}
