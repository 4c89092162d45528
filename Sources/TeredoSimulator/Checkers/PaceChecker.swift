import TeredoWire

/// Nothing is repeated faster or more often than allowed: solicitations (SEC-39), bubbles to a peer that does not answer (SEC-45).
package struct PaceChecker: Checker {
    package private(set) var violations = Violations()
    private var solicitations: [Conversation<UDPEndpoint>: [ProtocolInstant]] = [:]
    private var bubbles: [Conversation<IPv6Address>: [ProtocolInstant]] = [:]

    private struct Conversation<Peer: Hashable & Sendable>: Hashable, Sendable {
        let node: String
        let peer: Peer
    }

    /// How many solicitations may go to a server that is silent within the time for an answer.
    private let solicitationLimit: Int
    /// How many bubbles of a relay may go to one client within 2 s.
    private let relayLimit: Int
    /// Which addresses each node sends from: bubbles to these look after the own mapping.
    private var own: [String: Set<IPv6Address>] = [:]

    /// A checker that has seen nothing.
    ///
    /// `hasOtherServers` tells whether clients know another server to go to: then they make sure that theirs is gone with questions in
    /// quick succession (docs/servers.md). `hasTransit` tells whether a relay asks clients for a proof too (docs/transit.md section
    /// 5.1).
    package init(hasOtherServers: Bool, hasTransit: Bool) {
        solicitationLimit = hasOtherServers ? 8 : 2
        relayLimit = hasTransit ? 2 : 1
    }

    package mutating func note(_ observation: Observation) {
        switch observation {
        case .sent(let datagram) where !datagram.isHostile: noteSent(datagram)
        case .received(let datagram): noteReceived(datagram)
        case .forgot(let node, _):
            bubbles = bubbles.filter { $0.key.node != node }
            solicitations = solicitations.filter { $0.key.node != node }
        case .sent, .handedOver, .enteredIPv6: break
        }
    }

    private mutating func noteReceived(_ datagram: ReceivedDatagram) {
        solicitations[Conversation(node: datagram.receiver, peer: datagram.source)] = nil
        // Whoever is heard of again may be asked again. A link-local source says whom it is from elsewhere, and so does transit.
        guard let parsed = try? TeredoDatagram(validating: datagram.payload.span) else { return }
        guard parsed.header.source.isLinkLocal || parsed.header.isBubble && parsed.trailers.isEmpty == false else {
            bubbles[Conversation(node: datagram.receiver, peer: parsed.header.source)] = nil
            return
        }
        bubbles = bubbles.filter { $0.key.node != datagram.receiver }
    }

    private mutating func noteSent(_ datagram: SentDatagram) {
        guard let parsed = try? TeredoDatagram(validating: datagram.payload.span) else { return }
        own[datagram.sender, default: []].insert(parsed.header.source)
        switch PacketKind(datagram: datagram.payload, to: datagram.destination) {
        // Echo tests leave from random ports and have a limit of their own (SEC-39).
        case .routerSolicitation where datagram.sender.hasPrefix("client") && datagram.source.port >= 40_000:
            let key = Conversation(node: datagram.sender, peer: datagram.destination)
            let times =
                (solicitations[key] ?? []).filter { datagram.time - $0 < Self.solicitationSpan } + [datagram.time]
            solicitations[key] = times
            guard times.count > solicitationLimit else { return }
            violations.add(
                "SEC-39: \(datagram.sender) solicited \(datagram.destination) \(times.count) times within 4 s"
            )
        case .indirectBubble where !datagram.sender.hasPrefix("server"):
            guard own[datagram.sender]?.contains(parsed.header.destination) == false else { return }
            let key = Conversation(node: datagram.sender, peer: parsed.header.destination)
            // Relays send one more for each sign of life on the IPv6 side, which is none here: 2 s apart (RFC 4380 section 5.2.6).
            let isClient = datagram.sender.hasPrefix("client")
            let window = isClient ? Self.clientWindow : Self.relayWindow
            let earlier = (bubbles[key] ?? []).filter { datagram.time - $0 < window }
            // One decision may be a plain bubble and a keyed one.
            let times = earlier.last == datagram.time ? earlier : earlier + [datagram.time]
            bubbles[key] = times
            guard times.count > (isClient ? Self.bubbleLimit : relayLimit) else { return }
            violations.add(
                "SEC-45: \(datagram.sender) sent bubbles \(times.count) times in \(window) to \(key.peer), which is silent"
            )
        default: break
        }
    }

    /// The times of the rules with 1 % off for a clock that runs fast.
    private static let solicitationSpan = Duration.milliseconds(3960)
    private static let clientWindow = Duration.seconds(297)
    private static let relayWindow = Duration.milliseconds(1980)
    private static let bubbleLimit = 4
}
