public import TeredoWire

/// Puts the meaning of a packet into words, from its bytes alone.
public enum PacketMeaning {
    /// The meaning of a UDP payload that is sent to `destination`; `isMarked` packets of the host carry data.
    public static func ofDatagram(_ payload: [UInt8], to destination: UDPEndpoint) -> String {
        guard let datagram = try? TeredoDatagram(validating: payload.span) else { return "not Teredo" }
        let header = datagram.header
        let packet = Array(payload[datagram.packet])
        if let solicitation = try? RouterSolicitation(validating: packet.span) {
            return solicitation.coneBit ? "router solicitation, cone" : "router solicitation"
        }
        if (try? RouterAdvertisement(validating: packet.span)) != nil {
            return "router advertisement" + origin(datagram)
        }
        if header.isBubble { return bubble(payload, datagram, to: destination) }
        return ofPacket(packet) + origin(datagram)
    }

    /// The meaning of a native IPv6 packet.
    public static func ofPacket(_ packet: [UInt8]) -> String {
        guard let header = try? IPv6Header(validating: packet.span) else { return "not IPv6" }
        if let type = header.icmpv6Type(in: packet.span) { return icmpv6(packet, type) }
        return header.nextHeader == IPv6Header.NextHeader.none ? "bubble" : "data"
    }

    private static func icmpv6(_ packet: [UInt8], _ type: UInt8) -> String {
        switch type {
        case ICMPv6.echoRequest: return isTest(packet) ? "test echo request" : "ping request"
        case ICMPv6.echoReply: return isTest(packet) ? "test echo reply" : "ping reply"
        case ICMPv6.destinationUnreachable: return "destination unreachable"
        case ICMPv6.packetTooBig: return "packet too big"
        case ICMPv6.timeExceeded: return "time exceeded"
        default: return "ICMPv6 type \(type)"
        }
    }

    /// Pings of simulated hosts carry 32 octets of data, connectivity tests the 16 octets of a nonce.
    private static func isTest(_ packet: [UInt8]) -> Bool { packet.count == 40 + 8 + 16 }

    private static func bubble(_ payload: [UInt8], _ datagram: TeredoDatagram, to destination: UDPEndpoint) -> String {
        if destination.address.isMulticast { return "discovery bubble" }
        let trailers = Self.trailers(payload, datagram)
        if datagram.header.source == datagram.header.destination { return "bubble to itself" + origin(datagram) }
        if trailers.hasPrefix(", transit ") { return String(trailers.dropFirst(2)) }
        if datagram.origin != nil { return "indirect bubble" + origin(datagram) + trailers }
        let server = TeredoAddress(datagram.header.destination)?.server
        let isIndirect = destination.port == TeredoConstants.udpPort && destination.address == server
        return (isIndirect ? "indirect bubble" : "direct bubble") + trailers
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
