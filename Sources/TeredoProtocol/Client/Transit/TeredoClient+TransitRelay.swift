import TeredoWire

/// Which transit relay there is: a configured one, or the one that the own server announces (docs/transit.md section 4).
extension TeredoClient {
    /// Asks the server, unless a relay is configured or none is wanted.
    mutating func findTransitRelay(now: ProtocolInstant) {
        transitQuery = nil
        transitRelay = configuration.transit.relay
        guard transitRelay == nil, configuration.transit.acceptsAnnouncement else { return }
        transitQuery = TransitQuery(nonce: generator.next(), attempts: 0, deadline: now)
        handleTransitQuery(now: now)
    }

    mutating func handleTransitQuery(now: ProtocolInstant) {
        guard let query = transitQuery, query.deadline <= now else { return }
        guard query.attempts < RFC4380.solicitationLimit, let server, address != nil else {
            transitQuery = nil
            return
        }
        transitQuery?.attempts += 1
        transitQuery?.deadline = now + RFC4380.solicitationTimeout
        sendBubble(
            from: ownAddress,
            to: TeredoLinkLocal.server(server.primary),
            at: UDPEndpoint(server.primary, TeredoConstants.udpPort),
            trailers: TrailerList([.transit(TransitMessage(.query, nonce: query.nonce))])
        )
    }

    /// An announcement counts when it returns the nonce of the query and names a usable endpoint.
    mutating func handleAnnouncement(_ message: TransitMessage) -> ReceptionVerdict {
        guard let query = transitQuery, message.kind == .announcement, message.nonce == query.nonce else {
            return drop(.unexpectedAdvertisement)
        }
        transitQuery = nil
        guard filter.mayBeSent(to: message.endpoint) else { return drop(.forbiddenEndpoint) }
        let isOther = transitRelay != nil && transitRelay != message.endpoint
        transitRelay = message.endpoint
        if isOther { for index in peers.indices { peers.mark(index) } }
        events.append(.transitRelayFound(message.endpoint))
        return .consumed
    }
}

/// The question to the server that is under way.
struct TransitQuery: Sendable {
    let nonce: UInt64
    var attempts: Int
    var deadline: ProtocolInstant
}
