import TeredoHost
package import TeredoWire

/// Messages of one kind that a role exchanged with one endpoint, one after the other: what contacts are made of, and no packets on
/// their way.
package struct MessageExchange: Hashable, Sendable, Codable {
    /// Which way a message went.
    package enum Direction: String, Hashable, Sendable, Codable {
        case sent
        case received
    }

    /// What a message is.
    package enum Message: String, CaseIterable, Hashable, Sendable, Codable {
        case bubble
        case routerSolicitation
        case routerAdvertisement
        case echoRequest
        case echoReply
    }

    /// Which way they went.
    package var direction: Direction
    /// What they are.
    package var message: Message
    /// Where they came from, or went.
    package var endpoint: UDPEndpoint
    /// How many.
    package var count = 1

    /// A message.
    package init(_ direction: Direction, _ message: Message, _ endpoint: UDPEndpoint) {
        self.direction = direction
        self.message = message
        self.endpoint = endpoint
    }

    /// Counts another message that is the next one, if it is one of these.
    package mutating func adopt(_ next: Self) -> Bool {
        guard next.direction == direction, next.message == message, next.endpoint == endpoint else { return false }
        count += next.count
        return true
    }
}

extension MessageExchange.Message {
    /// What a datagram is; `nil` for a packet on its way, and for what is none of Teredo.
    package init?(_ datagram: Span<UInt8>) {
        guard let layout = try? TeredoDatagram(validating: datagram) else { return nil }
        guard !layout.header.isBubble else {
            self = .bubble
            return
        }
        switch layout.header.icmpv6Type(in: datagram.extracting(layout.packet)) {
        case ICMPv6.routerSolicitation: self = .routerSolicitation
        case ICMPv6.routerAdvertisement: self = .routerAdvertisement
        case ICMPv6.echoRequest: self = .echoRequest
        case ICMPv6.echoReply: self = .echoReply
        default: return nil
        }
    }
}
