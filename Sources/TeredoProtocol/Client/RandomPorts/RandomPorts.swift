import TeredoWire

/// Port-preserving and sequential symmetric NATs (RFC 6081 sections 5.4 and 5.5): a fresh port whose external number is
/// known is announced to the peer.
///
/// Behind a port-preserving NAT the external port is the port itself. Behind a sequential one an echo test tells it: two
/// solicitations from the fresh port show between which external ports the NAT put the direct bubble that was sent
/// between them.
struct RandomPorts: Sendable {
    private var slots = RandomPortSlots()
    /// Echo tests that end without an answer (RFC 6081 section 5.5).
    private var echoTimer = RetryTimer()
    /// Connections that are kept alive (RFC 6081 section 5.4.4.5).
    private var refreshTimer = RetryTimer()
    private var echoBucket: TokenBucket
    /// The half of those tests that strangers may draw, by IPv4 address.
    private var strangersEchoBucket: FairBucket

    init(now: ProtocolInstant) {
        echoBucket = TokenBucket(rate: 2, burst: 8, now: now)
        strangersEchoBucket = FairBucket(rate: 1, burst: 2, bits: 6, now: now)
    }

    /// Enters what is waited for.
    func enterDeadlines(into deadlines: inout DeadlineTable) {
        deadlines[.echoTest] = echoTimer.next
        deadlines[.peerRefresh] = refreshTimer.next
    }

    // MARK: Sockets

    /// The peer that a slot belongs to.
    func owner(of slot: UInt8, _ contacts: ContactEngine) -> PeerTable.Index? {
        guard let ticket = slots.owner(of: slot), let index = contacts.find(ticket),
            contacts[index].traversal.randomPort?.slot == slot
        else { return nil }
        return index
    }

    /// The socket of a slot is open on `port`: the contact goes on with it.
    mutating func opened(
        _ slot: UInt8,
        port: UInt16,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let index = owner(of: slot, contacts), let peer = TeredoAddress(contacts.address(of: index)),
            contacts[index].traversal.randomPort?.isOpen == false
        else { return }
        contacts[index].traversal.randomPort?.isOpen = true
        guard context.isPortPreserving == true else {
            return startEchoTest(index, peer, &contacts, context, &output, now: now)
        }
        contacts[index].traversal.randomPort?.external = port
        sendBubble(index, peer, contacts, context, &output, now: now)
        contacts.sendIndirectBubble(index, peer, context, &output, now: now)
    }

    /// There is no socket for a slot: the contact goes on without it.
    mutating func failed(
        _ slot: UInt8,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let index = owner(of: slot, contacts), let peer = TeredoAddress(contacts.address(of: index)) else {
            return
        }
        slots.release(slot)
        contacts[index].traversal.randomPort = nil
        contacts.sendIndirectBubble(index, peer, context, &output, now: now)
    }

    /// Closes the port for a peer, if there is one, and ends its echo test (SS-4); what was proved on it is proved no more.
    mutating func close(_ index: PeerTable.Index, _ contacts: inout ContactEngine, _ output: inout ClientOutput) {
        guard let port = contacts[index].traversal.randomPort else { return }
        contacts[index].traversal.randomPort = nil
        contacts[index].traversal.echoTest = nil
        contacts[index].receivesOnRandom = false
        slots.release(port.slot)
        output.tell(.randomPortDone(port.slot))
        if contacts[index].port == .randomPort(port.slot) {
            contacts[index].port = .service
            contacts[index].isTrusted = false
            contacts.mark(index)
        }
    }

    /// A free slot, or else one that was opened for the answer to a peer which was not heard of since: bubbles through
    /// the server must not use up all of them.
    ///
    /// Strangers together have three quarters of the slots, and give way to peers that the host asks for until they are proved.
    private mutating func take(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> UInt8? {
        let owners = slots.tickets.compactMap { contacts.find($0) }
        let isStranger = contacts.peers.isStranger(index)
        let strangers = owners.filter { contacts.peers.isStranger($0) }
        if !isStranger || strangers.count < RandomPortSlots.strangersLimit,
            let slot = slots.take(for: contacts.ticket(for: index))
        {
            return slot
        }
        let idle = owners.first { other in
            let peer = contacts[other]
            return !peer.isTrusted && peer.retryDeadline == nil
                && now - peer.lastTransmission >= RFC4380.exchangeTime
        }
        let unproved = isStranger ? nil : strangers.first { !contacts[$0].isTrusted }
        guard let victim = idle ?? unproved else { return nil }
        close(victim, &contacts, &output)
        return slots.take(for: contacts.ticket(for: index))
    }

    /// Whether one more echo test may begin: what strangers draw leaves half of them to the host.
    private mutating func mayTest(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ contacts: ContactEngine,
        now: ProtocolInstant
    ) -> Bool {
        if contacts.peers.isStranger(index) {
            let sender = contacts.peers.hash(peer.mappedEndpoint.address)
            guard strangersEchoBucket.take(sender, now: now) else { return false }
        }
        return echoBucket.take(now: now)
    }

    // MARK: Bubbles

    /// Sends the indirect bubble of a decision, as soon as the random port that it announces is there.
    mutating func startIndirectBubble(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts[index].traversal.lastIndirect = now
        if !contacts[index].isValid(now: now), prepare(index, &contacts, context, &output, now: now) { return }
        contacts.sendIndirectBubble(index, peer, context, &output, now: now)
    }

    /// PP-2: whether the indirect bubble waits for a random port or for an echo test.
    private mutating func prepare(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard context.usesRandomPort else { return false }
        if let port = contacts[index].traversal.randomPort {
            return !port.isOpen || contacts[index].traversal.echoTest != nil
        }
        guard context.isPortPreserving == true || contacts[index].traversal.echoTests < RFC6081.echoTestLimit,
            let slot = take(index, &contacts, &output, now: now)
        else { return false }
        contacts[index].traversal.randomPort = PeerTraversal.RandomPort(slot: slot)
        output.tell(.randomPortNeeded(slot))
        return true
    }

    /// Direct bubbles to a peer whose endpoint is not proved: to the endpoint that its address embeds, and to or from the
    /// random ports that are known.
    func sendDirectBubbles(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ contacts: ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let discovery = discovery ?? contacts.question(inRepeatTo: index, context)
        contacts.sendDirectBubble(index, peer, discovery: discovery, context, &output, now: now)
        sendBubble(index, peer, discovery: discovery, contacts, context, &output, now: now)
    }

    /// PP-3: the direct bubble that concerns random ports: from ours, and to the peer's when it announced one.
    ///
    /// A client that is not behind a symmetric NAT sends to the peer's random port from its service port; and one that has
    /// a random port while the peer has none sends from it to the peer's embedded endpoint, which makes the mapping that
    /// it announces. RFC 6081 says so in its examples and prose only (section 3.3, figure of 6.4).
    private func sendBubble(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        discovery: Trailer.NeighborDiscovery? = nil,
        _ contacts: ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard context.extensions.usesRandomPorts else { return }
        let traversal = contacts[index].traversal
        // Before the peer's first indirect bubble nobody knows whether it has a random port; a datagram to the wrong one
        // of its ports would use up the external port that was announced.
        guard traversal.peerRandomPort != 0 || traversal.nonceReceived != 0 else { return }
        var trailers = contacts.directTrailers(index, discovery: discovery, context)
        guard let target = Self.target(traversal, peer, context) else { return }
        if let port = traversal.randomPort, port.isOpen, port.external != 0 {
            trailers.trailers.append(.randomPort(port.external))
            output.sendBubble(
                from: context.own,
                to: peer.ipv6,
                at: target,
                port: .randomPort(port.slot),
                timeToLive: contacts.openerTimeToLive(fromRandomPortFor: index, context, now: now),
                trailers: trailers
            )
        } else if traversal.peerRandomPort != 0, !context.usesRandomPort {
            output.sendBubble(
                from: context.own,
                to: peer.ipv6,
                at: target,
                timeToLive: contacts.openerTimeToLive(index, context, now: now),
                trailers: trailers
            )
        }
    }

    /// Where bubbles from a random port go.
    private static func target(
        _ traversal: PeerTraversal,
        _ peer: TeredoAddress,
        _ context: ClientContext
    ) -> Destination? {
        let port = traversal.peerRandomPort
        let endpoint = port == 0 ? peer.mappedEndpoint : UDPEndpoint(peer.mappedEndpoint.address, port)
        return context.filter.destination(endpoint)
    }

    /// PP-4: a peer announced a random port.
    mutating func note(
        _ port: UInt16,
        of index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let known = contacts[index].traversal.peerRandomPort
        guard context.extensions.usesRandomPorts, known != port else { return }
        // While a connection is in use, nobody changes it by a bubble through the server. What we send to a peer that was
        // not heard for 30 s is no use (section 5.4.4.3 counts it; then a lost connection would never come back).
        guard known == 0 || !contacts[index].isValid(now: now) else { return }
        contacts[index].traversal.peerRandomPort = port
        // The mapping of our own port leads to the old one.
        if known != 0 { close(index, &contacts, &output) }
        contacts.reconsiderTransmission(index, context, &output, now: now)
    }

    /// A new contact uses nothing of a lost one.
    ///
    /// A datagram to a random port that the peer has no more would use up the mapping of ours. What belongs to an exchange
    /// that the peer began a moment ago stays.
    mutating func forgetLost(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let isIntroduced = contacts[index].answer?.last.map { now - $0 < RFC4380.exchangeTime } ?? false
        guard !contacts[index].isValid(now: now), !contacts[index].traversal.isContacting, !isIntroduced else { return }
        close(index, &contacts, &output)
        contacts[index].traversal.forgetAnnouncement()
        contacts[index].traversal.isContacting = true
    }

    /// A peer that was not heard for 30 s asks through its server: the random port of before is worth nothing any more.
    ///
    /// Our last bubble through its server left more than 30 s ago, too, and whatever came of that is over: who hears the refreshes of a
    /// connection does not ask. Echo tests may begin anew.
    ///
    /// The NAT may have given the external port to another mapping, and a box in front of the peer may remember each refresh as its own:
    /// what the peer sends to that port then leaves from another one than ours expects. A fresh port is none of that.
    mutating func forgetUnheard(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let last = contacts[index].traversal.lastIndirect, now - last >= RFC4380.peerValidity,
            !contacts[index].isValid(now: now)
        else { return }
        close(index, &contacts, &output)
        contacts[index].traversal.echoTests = 0
    }

    // MARK: Connections

    /// A connection on a random port begins, or was proved again: it is kept alive.
    mutating func scheduleRefresh(_ index: PeerTable.Index, _ contacts: inout ContactEngine, now: ProtocolInstant) {
        contacts[index].traversal.randomPort?.refreshes = 0
        guard let port = contacts[index].traversal.randomPort, port.refreshAt == nil else { return }
        awaitRefresh(index, &contacts, now: now)
    }

    private mutating func awaitRefresh(_ index: PeerTable.Index, _ contacts: inout ContactEngine, now: ProtocolInstant)
    {
        let deadline = now + RFC6081.peerRefreshInterval
        contacts[index].traversal.randomPort?.refreshAt = deadline
        refreshTimer.schedule(contacts.ticket(for: index), at: deadline)
    }

    /// PP-8: keeps connections on random ports alive while no data flows, at most 20 times.
    mutating func handleRefreshes(
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        while let ticket = refreshTimer.pop(now: now) {
            // What was waited for on a port that is closed is nothing to the next one.
            guard let index = contacts.find(ticket), let port = contacts[index].traversal.randomPort,
                let due = port.refreshAt, due <= now
            else { continue }
            contacts[index].traversal.randomPort?.refreshAt = nil
            guard contacts[index].isTrusted, contacts[index].receivesOnRandom, port.isKeptAlive else { continue }
            if now - contacts[index].lastTransmission < RFC6081.peerRefreshInterval {
                contacts[index].traversal.randomPort?.refreshes = 0
            } else {
                contacts[index].traversal.randomPort?.refreshes += 1
                guard port.refreshes < RFC6081.peerRefreshLimit else { continue }
                contacts.sendDirectBubble(toTrusted: index, context, &output)
            }
            contacts[index].traversal.echoTests = 0
            awaitRefresh(index, &contacts, now: now)
        }
    }

    // MARK: Echo tests

    /// SS-1: from the random port, in this order: solicitation, direct bubble, solicitation; without room for a test the
    /// indirect bubble goes as it is.
    private mutating func startEchoTest(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        after previous: PeerTraversal.EchoTest? = nil,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let slot = contacts[index].traversal.randomPort?.slot, let server = context.server,
            let secondary = server.secondary, let target = Self.target(contacts[index].traversal, peer, context),
            mayTest(index, peer, contacts, now: now)
        else { return contacts.sendIndirectBubble(index, peer, context, &output, now: now) }
        contacts[index].traversal.echoTests += 1
        let test = PeerTraversal.EchoTest(
            lowerNonce: output.random.next(),
            upperNonce: output.random.next(),
            deadline: now + context.patience(atLeast: .seconds(contacts[index].traversal.echoTests)),
            after: previous
        )
        contacts[index].traversal.echoTest = test
        echoTimer.schedule(contacts.ticket(for: index), at: test.deadline)
        Self.solicit(server.primary, from: slot, nonce: test.lowerNonce, context, &output)
        output.sendBubble(
            from: context.own,
            to: peer.ipv6,
            at: target,
            port: .randomPort(slot),
            timeToLive: contacts.openerTimeToLive(fromRandomPortFor: index, context, now: now),
            trailers: contacts.directTrailers(index, context)
        )
        Self.solicit(secondary, from: slot, nonce: test.upperNonce, context, &output)
    }

    private static func solicit(
        _ server: IPv4Address,
        from slot: UInt8,
        nonce: UInt64,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) {
        guard let server = context.filter.destination(server: server) else { return }
        output.send(
            context.exchange.solicitation(nonce: nonce, coneBit: false),
            to: server,
            from: .randomPort(slot)
        )
        output.counters.solicitations &+= 1
    }

    /// SS-2, SS-5: an advertisement on a random port tells a port of an echo test and nothing else.
    mutating func handleAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        peer index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard let test = contacts[index].traversal.echoTest, let server = context.server,
            source.port == TeredoConstants.udpPort, let peer = TeredoAddress(contacts.address(of: index))
        else { return output.drop(.unexpectedAdvertisement) }
        let isLower = source.address == server.primary
        guard isLower || source.address == server.secondary else { return output.drop(.unexpectedAdvertisement) }
        let nonce = isLower ? test.lowerNonce : test.upperNonce
        switch context.validate(datagram, in: bytes, nonce: nonce, coneBit: false) {
        case .failure(let rejection):
            return output.drop(rejection.reason)
        case .success(let answer):
            output.counters.advertisements &+= 1
            contacts[index].traversal.echoTest?.note(answer.mappedEndpoint.port, isLower: isLower)
            guard let external = contacts[index].traversal.echoTest?.external else { return .consumed }
            contacts[index].traversal.echoTest = nil
            contacts[index].traversal.randomPort?.external = external
            contacts.sendIndirectBubble(index, peer, context, &output, now: now)
            return .consumed
        }
    }

    /// SS-3: a test without an answer is repeated once; then the bubble goes without a random port.
    mutating func handleEchoTests(
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        while let ticket = echoTimer.pop(now: now) {
            guard let index = contacts.find(ticket), let test = contacts[index].traversal.echoTest,
                test.deadline <= now, let peer = TeredoAddress(contacts.address(of: index))
            else { continue }
            contacts[index].traversal.echoTest = nil
            if contacts[index].traversal.echoTests < RFC6081.echoTestLimit {
                startEchoTest(index, peer, after: test, &contacts, context, &output, now: now)
            } else {
                close(index, &contacts, &output)
                // The next bubble is preceded by tests again: without a port it may lead nowhere.
                contacts[index].traversal.echoTests = 0
                contacts.sendIndirectBubble(index, peer, context, &output, now: now)
            }
        }
    }
}
