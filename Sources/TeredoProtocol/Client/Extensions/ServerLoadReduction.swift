import TeredoWire

/// Server load reduction (RFC 6081 section 5.7; client.md section 13.6): a peer that was idle for 30 s is asked directly;
/// its server only when it does not answer.
extension TeredoClient {
    /// Sends a solicitation instead of bubbles, to a peer whose endpoint was proved and that knows trailers; `false` when
    /// the server has to be asked (too).
    mutating func solicitDirectly(_ index: PeerTable.Index, _ peer: TeredoAddress) -> Bool {
        // Who may not hear us at all needs our nonce too.
        guard !peers[index].isUnconfirmed else {
            sendDirectBubble(toTrusted: index, discovery: .solicitation)
            return false
        }
        guard configuration.extensions.serverLoadReduction, peers[index].isTrusted,
            peers[index].knowsTrailers,
            peers[index].traversal.solicitations < RFC6081.solicitationLimit
        else { return false }
        peers[index].traversal.solicitations += 1
        sendDirectBubble(toTrusted: index, discovery: .solicitation)
        return peers[index].traversal.solicitations < RFC6081.solicitationLimit
    }

    /// Answers a solicitation of a trusted peer with an advertisement, at most once a second per peer: the only bubble
    /// that a direct bubble draws (SEC-55).
    mutating func handleDiscoveryOption(
        _ option: Trailer.NeighborDiscovery?,
        of index: PeerTable.Index,
        now: ProtocolInstant
    ) {
        guard let option else { return }
        peers[index].knowsTrailers = true
        guard option == .solicitation else {
            confirm(index, now: now)
            return confirmTakeover(index, now: now)
        }
        if let last = peers[index].traversal.lastAdvertisement, now - last < Self.advertisementSpacing {
            return counters.drops.record(.answerLimitReached)
        }
        guard answerBucket.take(now: now) else { return counters.drops.record(.answerLimitReached) }
        peers[index].traversal.lastAdvertisement = now
        sendDirectBubble(toTrusted: index, discovery: .advertisement)
    }

    /// Notes how long a peer took to answer, if its bubble is the first that answers one of ours: an advertisement to the
    /// solicitation that an attempt began with, or the nonce of an indirect bubble.
    mutating func measureRoundTrip(
        _ index: PeerTable.Index,
        _ trailers: TrailerList,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) {
        guard peers[index].hasDetails else { return }
        let deadline = peers[index].retryDeadline
        let begin: ProtocolInstant?
        if trailers.neighborDiscovery == .advertisement, peers[index].isTrusted,
            peers[index].receptionEndpoint == source
        {
            begin = deadline.map { $0 - RFC4380.retryInterval }
        } else if let nonce = trailers.nonce, nonce == peers[index].traversal.nonceSent,
            deadline != nil || !peers[index].isValid(now: now)
        {
            begin = peers[index].traversal.lastIndirect
        } else {
            begin = nil
        }
        guard let begin, now >= begin, now - begin < RFC4380.retryInterval else { return }
        peers[index].roundTrip = RoundTripTime(now - begin)
    }

    private static let advertisementSpacing = Duration.seconds(1)
}
