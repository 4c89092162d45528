import TeredoWire

/// What the packets of a peer mean for its entry.
extension ContactEngine {
    /// Notes an accepted packet of a peer; one that may not hear us did not answer our bubbles yet.
    @inline(__always)
    mutating func recordReception(_ index: PeerTable.Index, now: ProtocolInstant) {
        recordReception(index, isExpectant: peers[index].isExpectant, now: now)
    }

    /// The same for a caller that asked already whether the packet may settle something.
    @inline(__always)
    mutating func recordReception(_ index: PeerTable.Index, isExpectant: Bool, now: ProtocolInstant) {
        // The first sign of life after a silence decides where the peer is, as a first proof does.
        if peers[index].isTrusted, !peers[index].isValid(now: now) { self[index].traversal.provenAt = now }
        self[index].lastReception = now
        // Only when there is something to forget: this happens for every packet.
        if isExpectant, !peers[index].isUnconfirmed, peers[index].pacing.unanswered > 0 {
            self[index].pacing.answered()
        }
    }

    /// Where else than at its endpoint packets came from that are held of a peer.
    func heldElsewhere(_ index: PeerTable.Index) -> Set<UDPEndpoint> {
        guard peers[index].hasDetails, !peers[index].incoming.isEmpty else { return [] }
        var origins = Set(peers[index].incoming.packets.compactMap(\.origin))
        origins.remove(peers[index].receptionEndpoint)
        return origins
    }

    /// Delivers what was held of a peer that is where it came from, or came from one of `siblings`.
    mutating func deliverHeld(
        _ index: PeerTable.Index,
        alsoFrom siblings: Set<UDPEndpoint> = [],
        keepsRest: Bool = false,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        for packet in takeHeld(index) {
            if let origin = packet.origin, origin == peers[index].receptionEndpoint || siblings.contains(origin) {
                output.deliver(packet.bytes)
                recordRelease(of: packet, now: now)
                recordReceived(index, octets: packet.bytes.count)
            } else if keepsRest, let origin = packet.origin, hold(packet.bytes.span, from: origin, index, now: now) {
                continue
            } else {
                output.counters.drops.record(doubt(about: index))
            }
        }
    }

    /// Drops what was held of a peer that did not prove where it is.
    mutating func dropHeld(_ index: PeerTable.Index, _ output: inout ClientOutput) {
        let held = takeHeld(index)
        output.counters.drops.record(doubt(about: index), amount: UInt64(held.count))
    }

    private func doubt(about index: PeerTable.Index) -> DropReason {
        peers.address(of: index).isTeredo ? .endpointMismatch : .connectivityTestFailed
    }

    /// SNS-4: notes what an indirect bubble of a peer says.
    mutating func recordIndirect(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ trailers: TrailerList,
        _ context: ClientContext
    ) {
        guard context.extensions.symmetricNAT else { return }
        self[index].traversal.nonceReceived = trailers.nonce ?? 0
        if trailers.nonce != nil || trailers.neighborDiscovery != nil { self[index].knowsTrailers = true }
        self[index].traversal.alternates = context.usableAlternates(trailers.alternates, of: peer)
    }

    /// SNS-5: whether a mismatching direct bubble returns our nonce (SEC-11: only the peer that it was sent to knows it).
    ///
    /// `isSettledToo` takes the nonces of an exchange that is over as well, where they move nothing but speak for the endpoint in the
    /// address of the peer.
    mutating func returnsNonce(
        _ index: PeerTable.Index,
        _ trailers: TrailerList,
        _ context: ClientContext,
        isSettledToo: Bool = false,
        now: ProtocolInstant
    ) -> Bool {
        guard context.extensions.symmetricNAT, let nonce = trailers.nonce else { return false }
        return self[index].traversal.nonces.accepts(nonce, isSettledToo: isSettledToo, now: now)
    }

    /// Notes how long a peer took to answer, if its bubble is the first that answers one of ours: an advertisement to the
    /// solicitation that an attempt began with, or the nonce of an indirect bubble.
    mutating func measureRoundTrip(
        _ index: PeerTable.Index,
        _ trailers: TrailerList,
        from source: UDPEndpoint,
        _ context: ClientContext,
        now: ProtocolInstant
    ) {
        guard peers[index].hasDetails else { return }
        let deadline = peers[index].retryDeadline
        let begin: ProtocolInstant?
        if trailers.neighborDiscovery == .advertisement, peers[index].isTrusted,
            peers[index].receptionEndpoint == source
        {
            begin = deadline.map { $0 - context.patience() }
        } else if let nonce = trailers.nonce, deadline != nil || !peers[index].isValid(now: now) {
            begin = peers[index].traversal.nonces.begin(of: nonce, now: now)
            if begin != nil, let peer = TeredoAddress(peers.address(of: index)) {
                thirdParties.refund(peer.server, and: peer.mappedEndpoint.address, now: now)
            }
        } else {
            begin = nil
        }
        guard let begin, now >= begin, now - begin < RFC4380.echoNonceLifetime else { return }
        recordRoundTrip(index, now - begin)
    }

    /// Whether no peer that proved where it is exchanged anything with us for a while.
    func isIdle(now: ProtocolInstant) -> Bool {
        guard let newest = peers.newest(1).first, peers[newest].isTrusted else { return true }
        return now - max(peers[newest].lastReception, peers[newest].lastTransmission) >= Failover.idleTime
    }

    /// When something last came in that shows that the mapping of the service port lives: a packet of a proved peer beyond our NAT.
    ///
    /// Behind a symmetric NAT it shows the mapping towards that peer alone, and what a neighbour on the link sends shows none. Only
    /// the peers used last are looked at.
    func lastEvidence(_ context: ClientContext) -> ProtocolInstant? {
        guard context.natClass != .symmetric else { return nil }
        return peers.newest(Self.evidenceLimit).lazy
            .map { peers[$0] }
            .filter {
                $0.isTrusted && $0.port == .service && context.filter.isGlobalUnicast($0.receptionEndpoint.address)
                    && $0.receptionEndpoint.address != context.mappedEndpoint?.address
            }
            .map(\.lastReception)
            .max()
    }

    private static let evidenceLimit = 64

    /// Where packets for a peer go that is heard from `endpoint`: there, but when both sides are behind symmetric NATs
    /// that forward ports, to the endpoint in the peer's address, or to the port that the peer announced (UPNP-3, UPNP-4).
    mutating func transmissionEndpoint(
        for index: PeerTable.Index,
        heardFrom destination: Destination,
        _ context: ClientContext
    ) -> Destination {
        let endpoint = destination.endpoint
        guard let peer = TeredoAddress(peers.address(of: index)), peer.mappedEndpoint != endpoint else {
            return destination
        }
        let isElsewhere =
            peers[index].neighbor?.destination == destination || !context.filter.isGlobalUnicast(endpoint.address)
        let announced = peers[index].traversal.peerRandomPort
        self[index].isSymmetricPeer = !isElsewhere && endpoint.port != announced
        guard context.isForwarded, peers[index].isSymmetricPeer else { return destination }
        let place = announced == 0 ? peer.mappedEndpoint : UDPEndpoint(peer.mappedEndpoint.address, announced)
        return context.filter.destination(place) ?? destination
    }

    /// The peer announced a port: what goes to it goes there, if that is where it is reached, and nobody knows yet whether it hears us.
    ///
    /// What was sent before went elsewhere, and goes once more.
    mutating func reconsiderTransmission(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard peers[index].isUnconfirmed, peers[index].isSymmetricPeer,
            let place = context.filter.destination(peers[index].receptionEndpoint)
        else { return }
        let target = transmissionEndpoint(for: index, heardFrom: place, context)
        guard target != peers[index].destination else { return }
        self[index].move(to: target)
        mark(index)
        askForConfirmation(index, context, &output, now: now)
    }

    /// UPNP-5: whether a peer that reached us may still not hear us: everybody reaches a forwarded port, while what we send comes
    /// from another port, which the peer accepts only when the nonce got through its NAT.
    ///
    /// Where only the alternates that we tell lead to that port, this matters for peers that send to each place from another port.
    ///
    /// A random port whose mapping an echo test made is the same until the nonce of the peer was answered. The same holds for whoever
    /// seems to be deaf.
    mutating func needsConfirmation(
        _ index: PeerTable.Index,
        heardFrom source: UDPEndpoint,
        on port: LocalPort,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> Bool {
        let isUnconfirmed = peers[index].isUnconfirmed
        if seemsDeaf(index) { return true }
        guard context.extensions.symmetricNAT, let peer = TeredoAddress(peers.address(of: index)),
            isUnconfirmed || !peers[index].isValid(now: now)
        else { return false }
        if context.isForwarded || context.isForwardedElsewhere && source != peer.mappedEndpoint { return true }
        guard context.natClass == .symmetric else { return false }
        guard case .randomPort = port else { return false }
        return isUnconfirmed || peers[index].traversal.answeredAt == nil
    }

    /// Whether a peer that is heard left our solicitations unanswered, or is not reached, as the network says: the way may be open in one
    /// direction only.
    ///
    /// Only of a peer that solicits itself is an answer to be expected (RFC 6081 section 5.7).
    mutating func seemsDeaf(_ index: PeerTable.Index) -> Bool {
        guard peers[index].hasDetails else { return false }
        let traversal = peers[index].traversal
        guard !traversal.isDeaf else { return true }
        let isUnheard = traversal.solicitations >= RFC6081.solicitationLimit || peers[index].doubt != nil
        guard isUnheard, traversal.lastAdvertisement != nil else { return false }
        self[index].traversal.isDeaf = true
        return true
    }

    /// Sends what waits for the peer and keeps it until the peer shows that it hears us; or else the host is told.
    mutating func awaitConfirmation(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let isKnown = peers[index].isUnconfirmed
        self[index].isUnconfirmed = true
        recordReception(index, now: now)
        touch(index)
        mark(index)
        deliverHeld(index, &output, now: now)
        if !isKnown { askForConfirmation(index, context, &output, now: now) }
    }

    private mutating func askForConfirmation(
        _ index: PeerTable.Index,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        self[index].traversal.solicitations = 1
        sendDirectBubble(toTrusted: index, discovery: .solicitation, context, &output)
        if let destination = peers[index].destination {
            for packet in peers[index].outgoing.packets {
                output.send(packet.bytes, to: destination, from: peers[index].port)
            }
        }
        self[index].lastTransmission = now
        self[index].traversal.unconfirmedSince = now
    }

    /// The peer hears us: what was sent to it arrived, or will, unless it is so long ago that the peer keeps it no more.
    mutating func confirm(_ index: PeerTable.Index, now: ProtocolInstant) {
        self[index].isUnconfirmed = false
        self[index].traversal.isDeaf = false
        mark(index)
        let isKept = peers[index].traversal.unconfirmedSince.map { now - $0 < RFC4380.retryInterval } ?? false
        if isKept { _ = takeQueued(index, isFirst: true, now: now) }
    }

    /// Marks a peer as trusted: its packets come in from `destination` on `port`.
    mutating func trust(
        _ index: PeerTable.Index,
        at destination: Destination,
        on port: LocalPort,
        _ context: ClientContext,
        now: ProtocolInstant
    ) {
        let endpoint = destination.endpoint
        if peers[index].hasDetails { self[index].traversal.isClaimed = false }
        self[index].isTrusted = true
        if peers[index].receptionEndpoint != endpoint || !peers[index].isValid(now: now) {
            self[index].traversal.provenAt = now
        }
        self[index].receptionEndpoint = endpoint
        let target = transmissionEndpoint(for: index, heardFrom: destination, context)
        self[index].move(to: target)
        self[index].port = port
        mark(index)
        if port == .service {
            self[index].receivesOnPrimary = true
            self[index].receivesOnRandom = false
        } else {
            self[index].receivesOnRandom = true
        }
    }

    /// What a proved direct bubble or packet means.
    enum DirectJudgement: Hashable, Sendable {
        /// The peer is where it came from.
        case trust
        /// The peer is there, and stays where it was proved to be.
        case keep
        /// What was proved of the peer is void.
        case restart
    }

    /// Judges a proved direct bubble or packet of a peer on one of the ports (PP-5, PP-6).
    mutating func judgeDirect(
        _ index: PeerTable.Index,
        from source: UDPEndpoint,
        on port: LocalPort,
        nonce: UInt32,
        now: ProtocolInstant
    ) -> DirectJudgement {
        let isKnown = peers[index].isValid(now: now)
        let isSame = peers[index].receptionEndpoint == source && peers[index].port == port
        // Bubbles of one contact may take several ways: the first that arrives decides, so that the peer does not flap.
        // The service port takes over from a random port whenever the peer is heard there (section 5.4.4.4).
        let takesOver = port == .service && peers[index].receivesOnRandom
        // Nor is it another way when the peer answers from the port that it announced, where we send to.
        let isWhereSent = peers[index].isUnconfirmed && peers[index].endpoint == source && nonce != 0
        if isKnown, !isSame, !takesOver, !isWhereSent {
            let isRecent = peers[index].traversal.provenAt.map { now - $0 < RFC4380.bubbleSpacing } ?? false
            // What only the address of the peer speaks for gives way to proof at any time.
            guard !isRecent || peers[index].traversal.isClaimed,
                nonce == 0 || peers[index].traversal.nonceUsed != nonce
            else { return .keep }
        }
        if nonce != 0 { self[index].traversal.nonceUsed = nonce }
        guard case .randomPort = port, isKnown else { return .trust }
        if peers[index].receivesOnPrimary { return .keep }
        return isSame ? .trust : .restart
    }
}
