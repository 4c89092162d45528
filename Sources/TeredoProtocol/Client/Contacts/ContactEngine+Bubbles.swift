import TeredoWire

/// The bubbles with which a client finds a peer, with the trailers of whatever extensions are on (RFC 4380 section
/// 5.2.6, RFC 6081 section 5).
extension ContactEngine {
    /// SNS-3: a direct bubble returns the nonce of the peer's last indirect bubble, and carries none when there was none.
    func directTrailers(
        _ index: PeerTable.Index,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ context: ClientContext
    ) -> TrailerList {
        var trailers: [Trailer] = []
        let nonce = peers[index].traversal.nonceReceived
        if context.extensions.symmetricNAT, nonce != 0 { trailers.append(.nonce(nonce)) }
        if let discovery { trailers.append(.neighborDiscovery(discovery)) }
        return TrailerList(trailers)
    }

    /// One direct bubble to a peer whose endpoint is not proved: to the endpoint that its address embeds.
    func sendDirectBubble(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) {
        guard let place = context.filter.destination(peer.mappedEndpoint) else { return }
        let trailers = directTrailers(index, discovery: discovery, context)
        output.sendBubble(from: context.own, to: peer.ipv6, at: place, trailers: trailers)
    }

    /// One direct bubble to where a trusted peer is.
    func sendDirectBubble(
        toTrusted index: PeerTable.Index,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) {
        guard let place = peers[index].destination else { return }
        output.sendBubble(
            from: context.own,
            to: peers.address(of: index),
            at: place,
            port: peers[index].port,
            trailers: directTrailers(index, discovery: discovery, context)
        )
    }

    /// Sends an indirect bubble through the peer's server.
    ///
    /// Its source is the own address, by which the peer knows whom to answer (RFC 6081). A second one with a keyed
    /// link-local source goes to peers that never showed a trailer, since Miredo behind a symmetric NAT can answer that
    /// only; and from behind a symmetric NAT to peers of other servers, which refuse the first.
    mutating func sendIndirectBubble(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        self[index].traversal.lastIndirect = now
        guard let server = context.filter.destination(server: peer.server) else { return }
        let trailers = indirectTrailers(index, peer, context, &output, now: now)
        let usesKey = context.configuration.usesKeyedBubbles
        if context.extensions.symmetricNAT || !usesKey {
            output.sendBubble(from: context.own, to: peer.ipv6, at: server, trailers: trailers)
        }
        let isRefused = context.natClass == .symmetric && peer.server != context.server?.primary
        // What is repeated was perhaps lost: then both go, whatever the peer knows.
        let isRepeated = context.extensions.symmetricNAT && peers[index].pacing.unanswered > 1
        guard usesKey, isRefused || isRepeated || !peers[index].knowsTrailers else { return }
        var keyed = TrailerList()
        // Both say the same to a peer that understands it, so that the loss of one costs nothing.
        if context.extensions.symmetricNAT {
            keyed = trailers
            keyed.trailers.append(.sender(context.own))
        }
        let source = context.bubbleKey.source(forPeerAt: peer.mappedEndpoint)
        output.sendBubble(from: source, to: peer.ipv6, at: server, trailers: keyed)
    }

    /// SEC-13: a nonce, new for every indirect bubble, and what else the peer has to know of us.
    private mutating func indirectTrailers(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> TrailerList {
        guard context.extensions.symmetricNAT else { return TrailerList() }
        var trailers = [Trailer.nonce(self[index].traversal.newNonce(using: &output.random, now: now))]
        if let port = peers[index].traversal.randomPort?.external, port != 0 { trailers.append(.randomPort(port)) }
        if !peers[index].isValid(now: now), let alternates = context.ownAlternates(for: peer) {
            trailers.append(.alternateAddresses(alternates))
        }
        return TrailerList(trailers)
    }

    /// Sends a solicitation instead of bubbles, to a peer whose endpoint was proved and that knows trailers; `false` when
    /// the server has to be asked (too).
    ///
    /// Server load reduction (SLR-1, SLR-2): a peer that was idle for 30 s is asked directly; its server only when it does
    /// not answer.
    mutating func solicitDirectly(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) -> Bool {
        // Who may not hear us at all needs our nonce too.
        guard !peers[index].isUnconfirmed else {
            sendDirectBubble(toTrusted: index, discovery: .solicitation, context, &output)
            return false
        }
        guard context.extensions.serverLoadReduction, peers[index].isTrusted, peers[index].knowsTrailers,
            peers[index].traversal.solicitations < RFC6081.solicitationLimit
        else { return false }
        self[index].traversal.solicitations += 1
        sendDirectBubble(toTrusted: index, discovery: .solicitation, context, &output)
        return peers[index].traversal.solicitations < RFC6081.solicitationLimit
    }

    /// Whether an indirect bubble may go to a peer that we did not want to reach ourselves: 2 s apart, and within the
    /// four bubbles of 300 s, so that two clients never play ping-pong (SEC-55).
    ///
    /// While the random port that the bubble is to announce is still being found out, none can go.
    mutating func mayIntroduce(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        guard peers[index].traversal.echoTest == nil else { return false }
        let lastIndirect = peers[index].traversal.lastIndirect ?? now - RFC4380.peerValidity
        return self[index].pacing.decide(lastTransmission: lastIndirect, now: now) == .now
    }
}
