package import TeredoWire

/// Something that happens in a simulated Internet, as those hear of it who watch over it.
package enum Observation: Sendable {
    /// A node sent a datagram of its own.
    case sent(SentDatagram)
    /// A datagram reached the node that it was for.
    case received(ReceivedDatagram)
    /// A packet out of a tunnel was given to the host, or to the IPv6 network behind a relay.
    case handedOver(HandedOverPacket)
    /// A node sent a packet into the IPv6 network.
    case enteredIPv6([UInt8], by: String, time: ProtocolInstant)
    /// A node forgot what it knew: its process began anew, or its address changed.
    case forgot(node: String, time: ProtocolInstant)

    /// When it happened.
    package var time: ProtocolInstant {
        switch self {
        case .sent(let datagram): datagram.time
        case .received(let datagram): datagram.time
        case .handedOver(let packet): packet.time
        case .enteredIPv6(_, _, let time), .forgot(_, let time): time
        }
    }
}

/// A datagram as its sender sent it.
package struct SentDatagram: Sendable {
    /// When it left.
    package let time: ProtocolInstant
    /// The node that sent it.
    package let sender: String
    /// The source that it says.
    package let source: UDPEndpoint
    /// Where it is to go.
    package let destination: UDPEndpoint
    /// The UDP payload.
    package let payload: [UInt8]
    /// Whether the sender is there to harm the others.
    package let isHostile: Bool

    /// Makes a datagram.
    package init(
        time: ProtocolInstant,
        sender: String,
        source: UDPEndpoint,
        destination: UDPEndpoint,
        payload: [UInt8],
        isHostile: Bool = false
    ) {
        self.time = time
        self.sender = sender
        self.source = source
        self.destination = destination
        self.payload = payload
        self.isHostile = isHostile
    }
}

/// A datagram as its receiver sees it, with what nobody but the simulator knows: who sent it.
package struct ReceivedDatagram: Sendable {
    /// When it came.
    package let time: ProtocolInstant
    /// The node that it reached.
    package let receiver: String
    /// The node that sent it.
    package let sender: String
    /// The source that the receiver sees.
    package let source: UDPEndpoint
    /// The UDP payload.
    package let payload: [UInt8]
    /// Whether the sender is there to harm the others.
    package let isHostile: Bool

    /// Makes a datagram.
    package init(
        time: ProtocolInstant,
        receiver: String,
        sender: String,
        source: UDPEndpoint,
        payload: [UInt8],
        isHostile: Bool = false
    ) {
        self.time = time
        self.receiver = receiver
        self.sender = sender
        self.source = source
        self.payload = payload
        self.isHostile = isHostile
    }
}

/// An IPv6 packet that a machine let out of the tunnel.
package struct HandedOverPacket: Sendable {
    /// When.
    package let time: ProtocolInstant
    /// The host, or the relay in front of the IPv6 network.
    package let receiver: String
    /// The packet.
    package let packet: [UInt8]
    /// The outer source of the datagram that it came in; `nil` for what the machine itself made.
    package let source: UDPEndpoint?
    /// Whether a node sent it that is there to harm the others.
    package let isHostile: Bool

    /// Makes a packet.
    package init(
        time: ProtocolInstant,
        receiver: String,
        packet: [UInt8],
        source: UDPEndpoint?,
        isHostile: Bool = false
    ) {
        self.time = time
        self.receiver = receiver
        self.packet = packet
        self.source = source
        self.isHostile = isHostile
    }
}
