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

    /// What a direct bubble asks a peer whose endpoint is not proved, when it repeats one that led to nothing though the peer
    /// was heard through its server.
    ///
    /// The peer may hear us while its answers were lost: it answers a solicitation once more, which saves a way through two
    /// servers (SLR-3). Of a peer that was proved before, three solicitations are enough (SLR-2).
    func question(inRepeatTo index: PeerTable.Index, _ context: ClientContext) -> Trailer.NeighborDiscovery? {
        let isRepeated = peers[index].pacing.unanswered > 1 && peers[index].traversal.nonceReceived != 0
        guard isRepeated, peers[index].traversal.solicitations == 0 else { return nil }
        return context.extensions.serverLoadReduction ? .solicitation : nil
    }

    /// The IPv4 time to live of a direct bubble to a peer whose endpoint is not proved: one with which it opens our NATs and dies
    /// before the peer's, until that is known to be open; `nil` for the usual one.
    ///
    /// A NAT box that accepts what comes in for itself remembers such a bubble when the peer has not sent to us yet, and then sends
    /// what the peer sends to us from another port (docs/nat-matrix.md, +M): two clients that open at once would stay deaf for each
    /// other. A peer that was not heard in three attempts and understands no trailers gets the last one at full length: it may
    /// be that we are wrong about our NATs, and no further bubble of ours suffers from what its box remembers of this one.
    func openerTimeToLive(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> UInt8? {
        guard let timeToLive = context.openerTimeToLive, !isOpen(index, now: now) else { return nil }
        let isLast = peers[index].pacing.unanswered >= RFC4380.bubbleLimit
        return isLast && !peers[index].knowsTrailers ? nil : timeToLive
    }

    /// The same for a bubble from our random port: the peer opens its NAT for that port when it was told of it, and sends its own
    /// bubble through the server after that.
    ///
    /// What crosses our announcement on the way takes one round trip to come, and what answers it two.
    func openerTimeToLive(
        fromRandomPortFor index: PeerTable.Index,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> UInt8? {
        let usual = openerTimeToLive(index, context, now: now)
        guard usual == nil, !peers[index].isValid(now: now), let answer = peers[index].answer,
            now - answer.heard < Self.openness
        else { return usual }
        let announcedAt = peers[index].traversal.randomPort?.announcedAt
        let isAnswered = announcedAt.map { answer.heard - $0 >= (context.roundTrip ?? .zero) * 3 / 2 } ?? false
        return isAnswered ? nil : context.openerTimeToLive
    }

    /// Whether the NAT of a peer lets our bubbles in: the peer was heard, or sent a bubble through its server, behind one
    /// that it sent directly.
    private func isOpen(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        if peers[index].isValid(now: now) { return true }
        return peers[index].answer.map { now - $0.heard < Self.openness } ?? false
    }

    /// For how long the NAT of a peer is open after a bubble of the peer that may not have been answered: a little less than
    /// the 30 s for which Linux remembers it.
    private static let openness = Duration.seconds(25)

    /// Whether the NAT of a peer that was silent for a while may have forgotten us, so that a direct bubble must not arrive
    /// there before the peer has sent.
    ///
    /// Linux forgets a flow 30 s after its last datagram, and one that went on for more than 2 s after 120 s. One on a random port
    /// is kept alive by bubbles that arrive there (PP-8), and to a peer that hears those nothing else can be announced (PP-4).
    private func mayBeForgotten(_ index: PeerTable.Index, _ context: ClientContext, now: ProtocolInstant) -> Bool {
        guard context.openerTimeToLive != nil, !isOpen(index, now: now) else { return false }
        if peers[index].receivesOnRandom, peers[index].traversal.randomPort?.isKeptAlive == true { return false }
        let last = peers[index].lastReception
        let isStream = peers[index].traversal.provenAt.map { last - $0 >= Self.streamAge } ?? false
        return !isStream || now - last >= Self.streamMemory
    }

    private static let streamAge = Duration.seconds(3)
    private static let streamMemory = Duration.seconds(110)

    /// One direct bubble to a peer whose endpoint is not proved: to the endpoint that its address embeds.
    func sendDirectBubble(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let place = context.filter.destination(peer.mappedEndpoint) else { return }
        output.sendBubble(
            from: context.own,
            to: peer.ipv6,
            at: place,
            timeToLive: openerTimeToLive(index, context, now: now),
            trailers: directTrailers(index, discovery: discovery, context)
        )
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
    /// Its source is the client's own address, by which the peer knows whom to answer (RFC 6081). A second one with a keyed
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
        guard let server = context.filter.destination(server: peer.server),
            mayTrouble(peer.server, for: index, &output, now: now)
        else { return }
        let trailers = indirectTrailers(index, peer, context, &output, now: now)
        let usesKey = context.configuration.usesKeyedBubbles
        if context.extensions.symmetricNAT || !usesKey {
            output.sendBubble(from: context.own, to: peer.ipv6, at: server, trailers: trailers)
        }
        let isRefused = context.natClass == .symmetric && peer.server != context.server?.primary
        // What is repeated was perhaps lost: then both go, whatever the peer knows.
        let isRepeated = context.extensions.symmetricNAT && peers[index].pacing.unanswered > 1
        guard usesKey, isRefused || isRepeated || !peers[index].knowsTrailers,
            mayTrouble(peer.server, for: index, &output, now: now)
        else { return }
        var keyed = TrailerList()
        // Both say the same to a peer that understands it, so that the loss of one costs nothing.
        if context.extensions.symmetricNAT {
            keyed = trailers
            keyed.trailers.append(.sender(context.own))
        }
        let source = context.bubbleKey.source(forPeerAt: peer.mappedEndpoint)
        output.sendBubble(from: source, to: peer.ipv6, at: server, trailers: keyed)
    }

    /// Whether bubbles may go to an IPv4 address that a peer names, its server's or its own: whom the host did not ask for has to
    /// pay for them (SEC-44).
    mutating func mayTrouble(
        _ address: IPv4Address,
        for index: PeerTable.Index,
        bubbles: Int = 1,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard peers.isStranger(index) else { return true }
        let length = TeredoBubble.length + Trailer.nonce(0).length
        let octets = bubbles * (length + ThirdPartyBudget.headerLength) - ThirdPartyBudget.headerLength
        if thirdParties.take(address, octets: octets, now: now) { return true }
        output.counters.drops.record(.answerLimitReached)
        return false
    }

    /// Whether the direct bubbles for a peer may go to the endpoint in its address; from or to a random port goes one more.
    mutating func mayTroubleDirectly(
        _ peer: TeredoAddress,
        _ index: PeerTable.Index,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        let hasRandomPort = peers[index].traversal.randomPort != nil || peers[index].traversal.peerRandomPort != 0
        let address = peer.mappedEndpoint.address
        return mayTrouble(address, for: index, bubbles: hasRandomPort ? 2 : 1, &output, now: now)
    }

    /// Something of `octets`, headers included, came in the name of a peer.
    mutating func earn(_ peer: TeredoAddress, octets: Int, now: ProtocolInstant) {
        thirdParties.earn(peer.server, and: peer.mappedEndpoint.address, octets: octets, now: now)
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
        var trailers = [Trailer.nonce(self[index].traversal.nonces.next(using: &output.random, now: now))]
        if let port = peers[index].traversal.randomPort?.external, port != 0 {
            trailers.append(.randomPort(port))
            let isFirst = peers[index].traversal.randomPort?.announcedAt == nil
            if isFirst { self[index].traversal.randomPort?.announcedAt = now }
        } else if let port = context.forwardedPort {
            trailers.append(.randomPort(port))
        }
        if !peers[index].isValid(now: now), let alternates = context.ownAlternates(for: peer) {
            trailers.append(.alternateAddresses(alternates))
        }
        let heard = peers[index].traversal.nonceReceived
        let nonce = heard != 0 ? heard : peers[index].traversal.claimedNonce
        if nonce != 0, !peers[index].isValid(now: now), let relay = context.relay(toNameTo: peer) {
            trailers.append(.transitRelay(relay, returning: nonce))
        }
        return TrailerList(trailers)
    }

    /// Sends a solicitation instead of bubbles, to a peer whose endpoint was proved and that knows trailers; `false` when
    /// the server has to be asked (too).
    ///
    /// Server load reduction (SLR-1, SLR-2): a peer that was idle for 30 s is asked directly; its server only when it does
    /// not answer, or when the peer's NAT may have closed meanwhile.
    mutating func solicitDirectly(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        // Who may not hear us at all needs our nonce too.
        guard !peers[index].isUnconfirmed else {
            sendDirectBubble(toTrusted: index, discovery: .solicitation, context, &output)
            return false
        }
        guard context.extensions.serverLoadReduction, peers[index].isTrusted, peers[index].knowsTrailers,
            peers[index].traversal.solicitations < RFC6081.solicitationLimit,
            !mayBeForgotten(index, context, now: now)
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
