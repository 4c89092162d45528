import TeredoWire

/// Symmetric NAT support (RFC 6081 section 5.2; client.md section 13.1): a nonce that went through the peer's server
/// proves who answers from an unexpected endpoint.
extension TeredoClient {
    /// SEC-13: 32 random bits, never 0, new for every indirect bubble; only the last one is good.
    mutating func newNonce(_ index: PeerTable.Index) -> UInt32 {
        let nonce = UInt32.random(in: 1 ... .max, using: &generator)
        peers[index].traversal.nonceSent = nonce
        return nonce
    }

    /// A direct bubble returns the nonce of the peer's last indirect bubble, and carries none when there was none.
    func directTrailers(_ index: PeerTable.Index) -> TrailerList {
        let nonce = peers[index].traversal.nonceReceived
        guard configuration.extensions.symmetricNAT, nonce != 0 else { return TrailerList() }
        return TrailerList([.nonce(nonce)])
    }

    /// Whether a mismatching direct bubble returns our nonce (SEC-11: only the peer that it was sent to knows it).
    mutating func returnsNonce(_ index: PeerTable.Index, _ trailers: TrailerList, now: ProtocolInstant) -> Bool {
        guard configuration.extensions.symmetricNAT, let nonce = trailers.nonce else { return false }
        if let ignoredUntil = peers[index].traversal.ignoredUntil {
            guard now >= ignoredUntil else { return false }
            peers[index].traversal.ignoredUntil = nil
        }
        guard nonce == peers[index].traversal.nonceSent else {
            peers[index].traversal.wrongNonces += 1
            if peers[index].traversal.wrongNonces >= RFC6081.wrongNonceLimit {
                peers[index].traversal.wrongNonces = 0
                peers[index].traversal.ignoredUntil = now + RFC6081.wrongNoncePenalty
            }
            return false
        }
        peers[index].traversal.wrongNonces = 0
        return true
    }

    /// Notes what an indirect bubble of a peer says.
    mutating func recordIndirect(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ trailers: TrailerList,
        now: ProtocolInstant
    ) {
        guard configuration.extensions.symmetricNAT else { return }
        peers[index].traversal.nonceReceived = trailers.nonce ?? 0
        if trailers.nonce != nil || trailers.neighborDiscovery != nil { peers[index].knowsTrailers = true }
        peers[index].traversal.alternates = usableAlternates(trailers.alternates, of: peer)
        if let port = trailers.randomPort { recordRandomPort(port, of: index, now: now) }
    }

    /// An indirect bubble of a peer behind a symmetric NAT is answered once more when it turns out where that peer is:
    /// the first answer went to the endpoint in its address, where it cannot hear us.
    mutating func answerWhereHeard(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let answeredAt = peers[index].traversal.answeredAt else { return }
        peers[index].traversal.answeredAt = nil
        guard answeredAt != peers[index].endpoint || peers[index].port != .service,
            peers[index].traversal.nonceReceived != 0,
            answerBucket.take(now: now)
        else { return }
        sendDirectBubble(toTrusted: index)
    }
}
