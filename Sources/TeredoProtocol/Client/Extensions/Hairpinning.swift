import TeredoWire

/// Hairpinning (RFC 6081 section 5.6; client.md section 13.5): clients behind one NAT tell each other where they are
/// inside, for NATs that do not let datagrams turn round.
extension TeredoClient {
    /// SEC-22: whether our local endpoints may be told to a peer, and those of the peer be believed.
    func usesHairpinning(with peer: TeredoAddress) -> Bool {
        guard configuration.extensions.usesHairpinning else { return false }
        return configuration.extensions.hairpinning == .everyone
            || peer.mappedEndpoint.address == mappedEndpoint?.address
    }

    /// The local endpoint first, then the one that the next router forwards, when that is not what the server sees.
    func ownAlternates(for peer: TeredoAddress) -> [UDPEndpoint]? {
        guard usesHairpinning(with: peer), let localEndpoint, localEndpoint != mappedEndpoint else { return nil }
        let endpoints = [localEndpoint] + [portMapping].compactMap(\.self).filter { $0 != mappedEndpoint }
        return Array(endpoints.prefix(RFC6081.ownAlternateLimit))
    }

    /// SEC-23: which of the endpoints that a peer lists get a bubble.
    func usableAlternates(_ endpoints: [UDPEndpoint], of peer: TeredoAddress) -> [UDPEndpoint] {
        guard usesHairpinning(with: peer) else { return [] }
        return endpoints.prefix(RFC6081.alternateLimit).filter {
            $0 != peer.mappedEndpoint && $0 != mappedEndpoint && filter.mayBeAlternate($0)
        }
    }

    /// Sends a direct bubble to every endpoint that an untrusted peer listed, each within the cap on answers.
    mutating func sendBubblesToAlternates(_ index: PeerTable.Index, now: ProtocolInstant) {
        let address = peers.address(of: index)
        for endpoint in peers[index].traversal.alternates {
            guard answerBucket.take(now: now) else { return counters.drops.record(.answerLimitReached) }
            sendBubble(from: ownAddress, to: address, at: endpoint, trailers: directTrailers(index))
        }
    }

    /// Whether data may go to the endpoint that a nonce vouches for: a global one, or one inside our own site.
    func mayTrust(_ source: UDPEndpoint, of peer: TeredoAddress) -> Bool {
        filter.mayBeSent(to: source) || usesHairpinning(with: peer) && filter.mayBeAlternate(source)
    }
}
