import TeredoWire

/// Reaching peers through a transit relay while, or because, there is no direct way (docs/transit.md sections 4 and 5):
/// which relay there is, and the way through it to each peer.
struct TransitPaths: Sendable {
    /// The transit relay that is used when there is no direct way: a configured one, or the one that the client's own server
    /// announces.
    private(set) var relay: Destination?
    /// Whether a peer ever named another one.
    private var knowsOthers = false
    /// Requests to relays that a peer named, before they showed that they are there.
    private var unprovenRequests = TokenBucket(rate: 10, burst: 20, now: ProtocolInstant(nanoseconds: 0))
    private var query: TransitQuery?
    /// The source of the relay's last bubble through the own server: who shows it to the relay has the address that it claims.
    private var key: IPv6Address?
    /// When the server was asked for a relay, the last time that this began.
    private var soughtAt: ProtocolInstant?
    var timer = RetryTimer()

    /// Enters what is waited for.
    func enterDeadlines(into deadlines: inout DeadlineTable) {
        deadlines[.transit] = timer.next
        deadlines[.transitQuery] = query?.deadline
    }

    // MARK: The relay

    /// Asks the server, unless a relay is configured or none is wanted.
    mutating func findRelay(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        query = nil
        key = nil
        let transit = context.configuration.transit
        relay = transit.relay.flatMap { context.filter.destination($0) }
        guard transit.relay == nil, transit.acceptsAnnouncement else { return }
        ask(context, &output, now: now)
    }

    private mutating func ask(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        soughtAt = now
        query = TransitQuery(nonce: output.random.next(), attempts: 0, deadline: now)
        handleQuery(context, &output, now: now)
    }

    /// Asks the server again where there is a use for a relay and none was announced, once a minute: all questions of before may
    /// be lost, as all of them left within 8 s of getting an address.
    mutating func seekRelay(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard relay == nil, maySeek(context, now: now) else { return }
        findRelay(context, &output, now: now)
    }

    private func maySeek(_ context: ClientContext, now: ProtocolInstant) -> Bool {
        query == nil && context.address != nil && (soughtAt.map { now - $0 >= Self.seekingInterval } ?? true)
    }

    /// Asks the server again when the relay that it announced answered none of the requests for a way: it may be another one by now,
    /// and what was announced may have been somebody else's word.
    private mutating func doubtRelay(
        _ path: TransitPath,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let transit = context.configuration.transit
        guard path.attempts >= TransitPath.quickRequestLimit, path.relay == relay, path.current.cookie == 0,
            transit.relay == nil, transit.acceptsAnnouncement, maySeek(context, now: now)
        else { return }
        ask(context, &output, now: now)
    }

    private static let seekingInterval = Duration.seconds(60)

    /// There is no address any more.
    mutating func stop() {
        relay = nil
        query = nil
        knowsOthers = false
        key = nil
    }

    /// A bubble of the relay came through the own server.
    mutating func noteKey(_ source: IPv6Address) { key = source }

    /// Another relay knows nothing of the ways through the one before.
    mutating func forgetPaths(_ contacts: inout ContactEngine) {
        for index in contacts.peers.indices {
            contacts[index].transit = nil
            contacts.mark(index)
        }
    }

    private mutating func handleQuery(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard var query, query.deadline <= now else { return }
        guard query.attempts < RFC4380.solicitationLimit, let server = context.server,
            let place = context.serverDestination, context.address != nil
        else {
            self.query = nil
            return
        }
        query.attempts += 1
        query.deadline = now + RFC4380.solicitationTimeout
        self.query = query
        output.sendBubble(
            from: context.own,
            to: TeredoLinkLocal.server(server.primary),
            at: place,
            trailers: TrailerList([.transit(TransitMessage(.query, nonce: query.nonce))])
        )
    }

    /// An announcement counts when it returns the nonce of the query and names a usable endpoint.
    mutating func handleAnnouncement(
        _ message: TransitMessage,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) -> ReceptionVerdict {
        guard let query, message.kind == .announcement, message.nonce == query.nonce else {
            return output.drop(.unexpectedAdvertisement)
        }
        self.query = nil
        guard let announced = context.filter.destination(message.endpoint) else {
            return output.drop(.forbiddenEndpoint)
        }
        let isOther = relay != nil && relay != announced
        relay = announced
        if isOther { forgetPaths(&contacts) }
        output.tell(.transitRelayFound(message.endpoint))
        return .consumed
    }

    // MARK: The relay of a peer

    /// A peer says in an indirect bubble through which relay it is reached: that one serves when ours cannot serve both.
    ///
    /// It counts with the nonce of one of our indirect bubbles, which went through the peer's server: only the peer can return it
    /// (SEC-11), and nobody else can lead our packets through a relay of his own. Returns whether it does.
    mutating func note(
        _ named: (endpoint: UDPEndpoint, nonce: UInt32)?,
        of index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let named, context.usesTransit else { return false }
        guard contacts[index].traversal.nonces.recognizes(named.nonce, now: now) else {
            output.counters.drops.record(.endpointMismatch)
            return false
        }
        guard let place = context.filter.destination(named.endpoint) else {
            output.counters.drops.record(.forbiddenEndpoint)
            return false
        }
        guard place != relay else { return true }
        knowsOthers = true
        contacts[index].namedRelay = place
        guard let path = contacts[index].transit, contacts[index].transit?.add(place) == true, path.state == .opening
        else { return true }
        contacts[index].transit?.turn(to: place.endpoint)
        request(index, &contacts, context, &output, now: now)
        return true
    }

    /// Whether `source` is a relay through which the peer at `address` may be reached.
    func isRelay(_ source: UDPEndpoint, of address: IPv6Address, _ contacts: ContactEngine) -> Bool {
        if let relay, source == relay.endpoint { return true }
        guard knowsOthers, let index = contacts.find(address), let path = contacts[index].transit else { return false }
        return path.request(at: source) != nil
    }

    /// Whether a relay that we know may invite us to the peer.
    func knows(_ inviter: Destination, for index: PeerTable.Index, _ contacts: ContactEngine) -> Bool {
        inviter == relay || inviter == contacts[index].namedRelay
    }

    // MARK: The way to a peer

    /// Prepares the way through a relay to a peer that is not reached yet.
    ///
    /// A client that a relay invites asks that one at once: it says that a client asks for us, which that client proved to be. It
    /// asks though that client is heard directly, too: who invites does not hear us, or not yet.
    mutating func prepare(
        _ index: PeerTable.Index,
        invitedBy inviter: Destination? = nil,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard contacts.address(of: index).isTeredo else { return }
        // Nothing direct is likely, or nothing direct came of it.
        if relay == nil, context.natClass == .symmetric || contacts[index].pacing.isExhausted(now: now) {
            seekRelay(context, &output, now: now)
        }
        let named = contacts[index].namedRelay
        guard let first = inviter ?? relay ?? named else { return }
        let isInvited = inviter != nil
        if isInvited, contacts[index].transit?.state == .waiting { contacts[index].transit = nil }
        if isInvited { hasten(index, &contacts, now: now) }
        if let path = contacts[index].transit, path.state != .ready || path.isOpen(now: now) { return }
        let isHopeless = isInvited || context.natClass == .symmetric
        let deadline = now + (isHopeless ? .zero : context.configuration.transit.headStart)
        let other = [relay, named].compactMap(\.self).first { $0 != first }
        contacts[index].transit = TransitPath(
            nonce: output.random.next(),
            through: first,
            or: other,
            deadline: deadline,
            isInvited: isInvited
        )
        contacts.mark(index)
        timer.schedule(contacts.ticket(for: index), at: deadline)
    }

    /// The host still has packets for a peer that is reached in no other way, or the peer asks for the way: the relay is asked
    /// again without waiting for the doubled pause.
    mutating func hasten(_ index: PeerTable.Index, _ contacts: inout ContactEngine, now: ProtocolInstant) {
        guard let path = contacts[index].transit, path.state != .ready, !path.isPromising, let deadline = path.deadline,
            deadline - now > TransitPath.requestInterval
        else { return }
        contacts[index].transit?.doubt()
        schedule(index, at: now + TransitPath.requestInterval, &contacts)
    }

    /// What becomes of a packet for a peer with a way through the relay.
    enum Transmission: Hashable, Sendable {
        /// The way is not used: the peer is reached directly, or has to be.
        case unused
        /// The packet waits for the change to the direct way.
        case queued
        /// The packet goes to the relay; the direct way is to be tried again when `asksAgain` says so.
        case forward(to: UDPEndpoint, asksAgain: Bool)
    }

    /// Sends a packet through the relay, when that is how the peer is reached now.
    mutating func transmit(
        _ packet: Span<UInt8>,
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Transmission {
        // A way that has run out is replaced by a new one as soon as the packet waits (``prepare``).
        guard let path = contacts[index].transit, path.isOpen(now: now) else { return .unused }
        if path.takeover == .draining {
            if contacts.enqueue(packet, index, limits: Self.drainLimits, now: now) { return .queued }
            resume(index, &contacts, &output, now: now)
        } else if !path.isInUse {
            guard !contacts[index].isConfirmed(now: now) else { return .unused }
            use(index, &contacts, &output, now: now)
        }
        contacts[index].transit?.noteUse(now: now)
        output.counters.packetsCarried &+= 1
        output.counters.recordSent(octets: packet.count)
        contacts.recordSent(index, octets: packet.count)
        // The direct way is tried again whenever the bubbles are allowed.
        let asksAgain =
            contacts[index].retryDeadline == nil && !contacts[index].isValid(now: now)
            && !contacts[index].pacing.isExhausted(now: now)
        return .forward(to: path.relay.endpoint, asksAgain: asksAgain)
    }

    /// From now on packets for the peer go through the relay; what waits goes first.
    mutating func use(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts[index].transit?.use()
        contacts.mark(index)
        if sendQueued(index, isFirst: true, &contacts, &output, now: now) { contacts[index].transit?.noteUse(now: now) }
    }

    /// Sends what waits through the relay; `false` when nothing did.
    func sendQueued(
        _ index: PeerTable.Index,
        isFirst: Bool,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let relay = contacts[index].transit?.relay else { return false }
        let packets = contacts.takeQueued(index, isFirst: isFirst, now: now)
        for packet in packets {
            output.send(packet.bytes, to: relay)
            contacts.recordSent(index, octets: packet.bytes.count)
            output.counters.packetsCarried &+= 1
        }
        return !packets.isEmpty
    }

    // MARK: Asking

    /// The relay says that the way is open, or a packet of the peer came through it: what waits goes there.
    mutating func becomeReady(
        _ index: PeerTable.Index,
        through relay: Destination,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts[index].transit?.turn(to: relay.endpoint)
        contacts[index].transit?.becomeReady(now: now)
        contacts.mark(index)
        schedule(index, at: now + TransitPath.keepAliveInterval, &contacts)
        guard !contacts[index].isConfirmed(now: now), !contacts[index].outgoing.isEmpty else { return }
        use(index, &contacts, &output, now: now)
    }

    /// Asks the relay that comes next for the way, and again when it does not answer.
    mutating func request(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let path = contacts[index].transit else { return }
        contacts[index].transit?.request()
        let isThere = path.relay == relay || path.current.cookie != 0
        let isKnown = isThere || path.current.isWorthAsking && unprovenRequests.take(now: now)
        if path.state == .ready || isKnown && Self.mayTroubleRelay(index, &contacts, &output, now: now) {
            contacts[index].transit?.countRequest()
            send(
                .open,
                nonce: path.nonce,
                value: path.current.cookie,
                of: index,
                through: path.relay,
                contacts,
                context,
                &output
            )
        }
        schedule(
            index,
            at: now + path.pause(patience: context.patience(atLeast: TransitPath.requestInterval)),
            &contacts
        )
    }

    /// Whether the relay may be asked for a way: it sends invitations to the peer's server, for which those pay whom the host did
    /// not ask for (SEC-44).
    private static func mayTroubleRelay(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let peer = TeredoAddress(contacts.address(of: index)) else { return true }
        // An invitation is hardly longer than two bubbles without their headers.
        return contacts.mayTrouble(peer.server, for: index, &output, now: now)
    }

    /// Sends a message about the way to a peer to a relay.
    func send(
        _ kind: TransitMessage.Kind,
        nonce: UInt64,
        value: UInt64 = 0,
        of index: PeerTable.Index,
        through relay: Destination,
        _ contacts: ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) {
        var trailers = [Trailer.transit(TransitMessage(kind, nonce: nonce, value: value))]
        // The direct bubble that answered the relay's may be lost.
        if kind == .open, relay == self.relay, let key { trailers.append(.sender(key)) }
        output.sendBubble(
            from: context.own,
            to: contacts.address(of: index),
            at: relay,
            trailers: TrailerList(trailers)
        )
    }

    /// The network says that the relay in use is not reached: it is asked at once, and when it is silent the way is closed.
    ///
    /// While the way is being opened the word counts only with the nonce of the request; returns whether it does.
    mutating func suspect(
        _ index: PeerTable.Index,
        _ nonce: UInt64?,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let path = contacts[index].transit else { return false }
        guard path.state == .ready else {
            guard nonce == path.nonce else { return false }
            if path.alternative != nil {
                contacts[index].transit?.forsake(path.relay)
                request(index, &contacts, context, &output, now: now)
            } else {
                contacts[index].transit = nil
                contacts.mark(index)
            }
            return true
        }
        guard path.suspectedAt == nil else { return true }
        contacts[index].transit?.suspect(now: now)
        request(index, &contacts, context, &output, now: now)
        schedule(index, at: now + PeerDoubt.patience(context.roundTrip), &contacts)
        return true
    }

    // MARK: Time

    mutating func schedule(
        _ index: PeerTable.Index,
        at deadline: ProtocolInstant,
        _ contacts: inout ContactEngine
    ) {
        contacts[index].transit?.wait(until: deadline)
        timer.schedule(contacts.ticket(for: index), at: deadline)
    }

    /// Does what is due.
    mutating func handleTimeouts(
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        handleQuery(context, &output, now: now)
        while let ticket = timer.pop(now: now) {
            guard let index = contacts.find(ticket), let path = contacts[index].transit else { continue }
            if let deadline = path.deadline, deadline <= now {
                contacts[index].transit?.wait(until: nil)
                handleDeadline(index, path, &contacts, context, &output, now: now)
                contacts.mark(index)
            }
            if let deadline = path.takeoverDeadline, deadline <= now {
                contacts[index].transit?.putOffTakeover(until: nil)
                handleTakeoverDeadline(index, &contacts, context, &output, now: now)
            }
        }
    }

    private mutating func handleDeadline(
        _ index: PeerTable.Index,
        _ path: TransitPath,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        switch path.state {
        case .waiting where contacts[index].isConfirmed(now: now) && !path.isInvited:
            contacts[index].transit = nil
        case .waiting, .opening:
            guard path.attempts < TransitPath.requestLimit else {
                contacts[index].transit = nil
                return
            }
            contacts[index].transit?.countAttempt()
            doubtRelay(path, context, &output, now: now)
            request(index, &contacts, context, &output, now: now)
            contacts[index].transit?.turn()
        case .ready where path.isSilentSinceSuspicion:
            contacts[index].transit = nil
        case .ready:
            let isUsed = path.lastUse.map { now - $0 < TransitPath.validity } ?? false
            guard isUsed, path.isOpen(now: now) else {
                contacts[index].transit = nil
                return
            }
            request(index, &contacts, context, &output, now: now)
        }
    }

    private static let drainLimits = QueueLimits(packetsPerPeer: 1024, octetsPerPeer: 1 << 20)
}
