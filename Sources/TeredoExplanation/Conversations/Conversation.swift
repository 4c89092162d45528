package import TeredoWire

/// Two hosts of which one asked for the other, and what came of it.
package struct Conversation: Hashable, Sendable {
    /// The way that packets take.
    package enum Way: String, Hashable, Sendable, CaseIterable {
        /// From client to client.
        case direct
        /// From client to client on one link, without their NAT.
        case link
        /// Through the relay of a native host.
        case relay
        /// Through a relay that carries packets between clients.
        case transit
    }

    /// Packets and octets that one side sent to the other.
    package struct Traffic: Hashable, Sendable {
        /// Packets but bubbles and tests.
        package var packets = 0
        /// Octets of IPv6.
        package var octets = 0
    }

    /// Whose packet was the first.
    package let initiator: IPv6Address
    /// The other one.
    package let responder: IPv6Address
    /// The number of the first packet.
    package let firstPacket: Int
    private let start: ProtocolInstant?
    /// Where it stands.
    package internal(set) var state: StateChange.State?
    /// The way, as soon as a packet of the responder was seen on it.
    package private(set) var way: Way?
    /// The endpoint of the relay on the way.
    package private(set) var relay: UDPEndpoint?
    /// From the first packet to the first one of the responder that did not go through a server; `nil` when there was none.
    package private(set) var firstContact: Duration?
    /// What the initiator sent.
    package private(set) var sent = Traffic()
    /// What the responder sent.
    package private(set) var received = Traffic()
    var initiatorPace = BubblePace()
    var responderPace = BubblePace()
    var initiatorNonce: UInt32?
    var responderNonce: UInt32?
    /// Identifier and sequence number of the connectivity test that is under way.
    var test: UInt32?

    init(_ initiator: IPv6Address, _ responder: IPv6Address, packet: Int, time: ProtocolInstant?) {
        self.initiator = initiator
        self.responder = responder
        firstPacket = packet
        start = time
    }

    mutating func count(octets: Int, fromInitiator: Bool) {
        if fromInitiator {
            sent.packets += 1
            sent.octets += octets
        } else {
            received.packets += 1
            received.octets += octets
        }
    }

    /// A packet of the responder came on `way`: returns the new state, if it is one.
    mutating func open(_ way: Way, relay: UDPEndpoint?, time: ProtocolInstant?) -> StateChange.State? {
        let before = self.way
        self.way = way
        self.relay = relay
        if firstContact == nil, before == nil, let start, let time { firstContact = time - start }
        state = .open
        guard let before else { return .open }
        return before == way ? nil : .moved
    }
}
