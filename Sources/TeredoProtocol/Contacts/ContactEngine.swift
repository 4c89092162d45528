import TeredoWire

/// The contacts of a client or relay with its peers: who they are, what waits for them, whom to ask when.
///
/// It sends nothing but what waited: which bubbles a decision means is the business of the role.
struct ContactEngine: Sendable {
    /// The peers; everything but the entries themselves is changed here only.
    private(set) var peers: PeerTable
    private var shares: EndpointShares
    /// The bubbles to peers that had to go.
    private var departed: PacingMemory
    private var addressShares: AddressShares
    /// What may go to addresses that others name.
    var thirdParties: ThirdPartyBudget
    private var octets: PeerOctets
    private var budget: QueueBudget
    private var retries = RetryTimer()
    private let policy: ContactPolicy
    /// What was measured.
    private(set) var measurements = ContactMeasurements()

    init(limit: Int, countsOctets: Bool, policy: ContactPolicy, using random: inout RandomSource) {
        peers = PeerTable(limit: limit, using: &random)
        shares = EndpointShares(limit: limit, peers.hash)
        departed = PacingMemory(peers.hash)
        addressShares = AddressShares(limit: limit, peers.hash)
        thirdParties = ThirdPartyBudget(peers.hash)
        octets = PeerOctets(isCounting: countsOctets)
        budget = QueueBudget(limit: policy.queueLimits.totalOctets)
        self.policy = policy
    }

    /// The entry of a peer.
    @inline(__always)
    subscript(index: PeerTable.Index) -> Peer {
        unsafeAddress { unsafe peers.place(of: index) }
        unsafeMutableAddress { unsafe peers.uniquePlace(of: index) }
    }

    @inline(__always)
    func find(_ address: IPv6Address) -> PeerTable.Index? { peers.find(address) }

    func find(_ ticket: PeerTable.Ticket) -> PeerTable.Index? { peers.find(ticket) }
    func address(of index: PeerTable.Index) -> IPv6Address { peers.address(of: index) }
    func ticket(for index: PeerTable.Index) -> PeerTable.Ticket { peers.ticket(for: index) }

    /// The octets that wait in queues; never above the configured limit.
    var queuedOctets: Int { budget.used }
    /// The packets that wait in queues.
    var queuedPackets: Int { budget.packets }

    /// When bubbles or a test have to be repeated or given up.
    var retryDeadline: ProtocolInstant? { retries.next }

    // MARK: The list

    /// Adds a peer, which may be at `destination`; there must be room.
    ///
    /// A stranger is one that the host did not ask for.
    mutating func insert(
        _ address: IPv6Address,
        at destination: Destination?,
        isStranger: Bool,
        now: ProtocolInstant
    ) -> PeerTable.Index {
        let index = peers.insert(Peer(at: destination, now: now), for: address, isStranger: isStranger)
        octets.begin(index)
        if let pacing = departed.take(address, now: now) { peers[index].pacing = pacing }
        if isStranger, let endpoint = TeredoAddress(address)?.mappedEndpoint {
            shares.note(peers.ticket(for: index), of: endpoint) { peers.find($0) != nil }
            addressShares.enter(endpoint.address)
        }
        return index
    }

    /// The host asks for a peer, whoever came first.
    mutating func want(_ index: PeerTable.Index) {
        leaveStrangers(index)
        peers.want(index)
    }

    /// A peer is about to be no stranger any more.
    private mutating func leaveStrangers(_ index: PeerTable.Index) {
        guard peers.isStranger(index), let peer = TeredoAddress(peers.address(of: index)) else { return }
        addressShares.leave(peer.mappedEndpoint.address)
    }

    /// Whether there is room for one more peer.
    enum Room: Sendable {
        case free
        /// There is when this one goes.
        case inPlaceOf(PeerTable.Index)
        case full
    }

    /// Room for a peer that the host asks for: strangers make it, and those that are not in use.
    func roomForWanted(now: ProtocolInstant) -> Room {
        guard peers.isFull else { return .free }
        return peers.candidateForWanted(now: now).map(Room.inPlaceOf) ?? .full
    }

    /// Room for a peer that nobody asked for: strangers together have three quarters of the table (SEC-30).
    func roomForStranger(_ address: IPv6Address, now: ProtocolInstant) -> Room {
        if let room = roomInShare(of: address, now: now) { return room }
        let isCrowded = peers.strangerCount >= roomOfStrangers
        guard isCrowded || peers.isFull else { return .free }
        if let victim = peers.candidateForStranger(now: now) { return .inPlaceOf(victim) }
        return isCrowded ? .full : peers.unneeded(now: now).map(Room.inPlaceOf) ?? .full
    }

    /// The room that whoever is behind an address has for one more stranger; `nil` when no share is used up.
    ///
    /// Those of one endpoint have four places, of which one that something was sent to within the last 30 s is not given to another.
    /// Those of one IPv4 address or network that has all that it may have (``AddressShares``) get a place of their own kind that was
    /// not used for as long.
    func roomInShare(of address: IPv6Address, now: ProtocolInstant) -> Room? {
        guard let endpoint = TeredoAddress(address)?.mappedEndpoint else { return nil }
        let others = shares.tickets(of: endpoint).compactMap { peers.find($0) }.filter { peers.isStranger($0) }
        if others.count >= EndpointShares.limit {
            return others.first { !peers[$0].isAnswered(now: now) }.map(Room.inPlaceOf) ?? .full
        }
        guard addressShares.isUsedUp(endpoint.address, used: peers.strangerCount, room: roomOfStrangers) else {
            return nil
        }
        let neighbor = peers.idleStranger(now: now) {
            guard let other = TeredoAddress($0)?.mappedEndpoint.address else { return false }
            return IPv4Prefix(other, length: 24).contains(endpoint.address)
        }
        return neighbor.map(Room.inPlaceOf) ?? .full
    }

    /// How many strangers there may be.
    private var roomOfStrangers: Int { max(1, peers.limit - peers.limit / Self.wantedShare) }

    /// The part of the table that strangers leave to those that the host asks for: one in four.
    private static let wantedShare = 4

    /// Removes a peer; what waited for it is counted as flushed, and the bubbles to it that it did not answer are remembered.
    mutating func remove<Event>(
        _ index: PeerTable.Index,
        _ output: inout MachineOutput<Event>,
        now: ProtocolInstant
    ) {
        let address = peers.address(of: index)
        leaveStrangers(index)
        var peer = peers.remove(index)
        if peer.pacing.unanswered > 0 { departed.note(peer.pacing, of: address, now: now) }
        let lost = peer.outgoing.removeAll(budget: &budget).count + peer.incoming.removeAll(budget: &budget).count
        output.counters.drops.record(.flushed, amount: UInt64(lost))
    }

    /// Forgets the bubbles to peers that are not in the list any more: they were told of an address that is void.
    mutating func forgetDeparted() { departed.removeAll() }

    mutating func setLimit(_ limit: Int) { peers.setLimit(limit) }
    mutating func touch(_ index: PeerTable.Index) { peers.touch(index) }
    mutating func mark(_ index: PeerTable.Index) { peers.mark(index) }
    mutating func markAll() { for index in peers.indices { peers.mark(index) } }
    mutating func sweep(_ amount: Int, _ body: (inout Peer) -> Void) { peers.sweep(amount, body) }
    mutating func watchPaths(_ isOn: Bool) { peers.watchPaths(isOn) }

    mutating func pollPathChange(
        now: ProtocolInstant,
        summary: (Peer, IPv6Address) -> PeerSummary
    ) -> PeerPathChange? {
        peers.pollPathChange(now: now, summary: summary)
    }

    // MARK: The exchange

    /// Whether a bubble may go to a peer that is not reached; if so, the caller sends it, and in any case it waits for
    /// the answer unless the decision is `.never`.
    mutating func attempt(_ index: PeerTable.Index, now: ProtocolInstant) -> BubblePacing.Decision {
        if policy.endsInTime { peers[index].updateExchange { $0.begin(now: now) } }
        let last = peers[index].lastTransmission
        let decision = peers[index].pacing.decide(lastTransmission: last, by: policy.pacing, now: now)
        if decision == .now {
            peers[index].updateExchange { $0.countAttempt() }
            peers[index].lastTransmission = now
        }
        return decision
    }

    /// The bubbles of a decision have left, or have to wait.
    mutating func awaitAnswer(
        _ index: PeerTable.Index,
        interval: Duration = RFC4380.retryInterval,
        now: ProtocolInstant
    ) {
        // A bubble that has to wait, because an answer left a moment ago, waits until it may go and no longer.
        let begin = policy.endsInTime ? max(peers[index].lastTransmission, peers[index].pacing.last) : now
        let isWaiting = policy.endsInTime && now - begin < RFC4380.bubbleSpacing && now != begin
        scheduleRetry(index, at: begin + (isWaiting ? RFC4380.bubbleSpacing : interval))
        peers.touch(index)
    }

    /// Sets when the exchange with a peer goes on.
    mutating func scheduleRetry(_ index: PeerTable.Index, at deadline: ProtocolInstant) {
        peers[index].updateExchange { $0.wait(until: deadline) }
        retries.schedule(peers.ticket(for: index), at: deadline)
        peers.mark(index)
    }

    /// The next peer that did not answer in time.
    mutating func popRetry(now: ProtocolInstant) -> PeerTable.Index? {
        while let ticket = retries.pop(now: now) {
            guard let index = peers.find(ticket), let deadline = peers[index].retryDeadline, deadline <= now else {
                continue
            }
            peers[index].updateExchange { $0.rest() }
            peers.mark(index)
            return index
        }
        return nil
    }

    /// Whether a peer was asked as often, and for as long, as it may be.
    func isSpent(
        _ index: PeerTable.Index,
        interval: Duration = RFC4380.retryInterval,
        now: ProtocolInstant
    ) -> Bool {
        guard let exchange = peers[index].exchange else { return false }
        if policy.pacing == .spaced, peers[index].pacing.hasSignOfLife { return false }
        // After four bubbles without an answer each further one is an attempt of its own.
        let isSpaced = policy.pacing == .spaced && peers[index].pacing.unanswered > RFC4380.bubbleLimit
        return isSpaced || exchange.attempts >= RFC4380.attemptLimit || exchange.isOverdue(interval: interval, now: now)
    }

    /// Whether a peer that gave no answer is left alone for now.
    func isLeftAlone(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        peers[index].retryDeadline == nil && peers[index].pacing.isExhausted(by: policy.pacing, now: now)
    }

    /// Whether a peer that is in use has to show a sign of life, so that a one-way flow does not stall at 30 s.
    @inline(__always)
    func isStale(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        now - peers[index].lastReception >= DirectPath.freshness && peers[index].retryDeadline == nil
    }

    /// Whether a bubble may ask a stale peer for that sign; if so, the caller sends it.
    mutating func asksForLife(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        let last = peers[index].lastReception
        return peers[index].pacing.decide(lastTransmission: last, by: policy.pacing, now: now) == .now
    }

    /// Whether no bubble may go to a peer for now, because none was answered.
    func isLimitReached(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        peers[index].pacing.isExhausted(by: policy.pacing, now: now)
    }

    /// Whether a bubble may ask a peer that was perhaps heard a moment ago, within the limits of bubbles (SEC-45).
    mutating func asks(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        let earlier = now - RFC4380.bubbleSpacing
        return peers[index].pacing.decide(lastTransmission: earlier, by: policy.pacing, now: now) == .now
    }

    /// Whether a bubble may ask a peer that shows up in two places where it is; if so, the caller sends it, through the peer's
    /// server, since only the peer gets what is in it.
    ///
    /// A peer that was heard where it was proved to be within the last 2 s need not be asked: `isInPlace`.
    mutating func asksForPlace(_ index: PeerTable.Index, isInPlace: Bool, now: ProtocolInstant) -> Bool {
        guard peers[index].retryDeadline == nil,
            !isInPlace || now - peers[index].lastReception >= RFC4380.bubbleSpacing
        else { return false }
        return asks(index, now: now)
    }

    /// Gives up on a peer: what waited for it is dropped with address unreachable.
    mutating func fail<Event>(
        _ index: PeerTable.Index,
        reason: DropReason,
        errorSource: IPv6Address?,
        _ output: inout MachineOutput<Event>,
        now: ProtocolInstant
    ) {
        peers[index].endExchange()
        peers.mark(index)
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            output.counters.drops.record(reason)
            guard let errorSource else { continue }
            output.deliverError(.addressUnreachable, about: packet.bytes.span, from: errorSource, now: now)
        }
    }

    // MARK: The queues

    /// Keeps a packet of the host until the peer is reached; `false` when there is no room.
    mutating func enqueue(
        _ packet: Span<UInt8>,
        _ index: PeerTable.Index,
        limits: QueueLimits? = nil,
        now: ProtocolInstant
    ) -> Bool {
        let queued = QueuedPacket(bytes: packet.copyAll(), origin: nil, since: now)
        peers.mark(index)
        return peers[index].outgoing.append(queued, limits: limits ?? policy.queueLimits, budget: &budget)
    }

    /// Whether one more packet of so many octets may wait for a peer while strangers' queues leave room for first packets of others.
    func mayQueue(_ octets: Int, _ index: PeerTable.Index) -> Bool {
        let queue = peers[index].outgoing
        return queue.isEmpty || budget.hasRoom(forQueueOf: queue.octets + octets)
    }

    /// Keeps a packet of the peer until it is known whether it is at `origin`; `false` when there is no room.
    mutating func hold(
        _ packet: Span<UInt8>,
        from origin: UDPEndpoint,
        _ index: PeerTable.Index,
        now: ProtocolInstant
    ) -> Bool {
        let held = QueuedPacket(bytes: packet.copyAll(), origin: origin, since: now)
        return peers[index].incoming.append(held, limits: policy.queueLimits, budget: &budget)
    }

    /// What waited for a peer; it leaves on another way than the direct one, or is known to have arrived.
    ///
    /// With `isFirst` that is how the peer is reached at all.
    mutating func takeQueued(_ index: PeerTable.Index, isFirst: Bool, now: ProtocolInstant) -> [QueuedPacket] {
        let packets = peers[index].outgoing.removeAll(budget: &budget)
        measurements.recordDeparture(of: packets, isFirst: isFirst, now: now)
        return packets
    }

    /// What was held of a peer.
    mutating func takeHeld(_ index: PeerTable.Index) -> [QueuedPacket] {
        peers[index].incoming.removeAll(budget: &budget)
    }

    /// Notes that a packet that was held of a peer is delivered.
    mutating func recordRelease(of packet: QueuedPacket, now: ProtocolInstant) {
        measurements.recordWait(of: packet, now: now)
    }

    /// Notes how long a peer took to answer.
    mutating func recordRoundTrip(_ index: PeerTable.Index, _ time: Duration) {
        peers[index].roundTrip = RoundTripTime(time)
        measurements.recordRoundTrip(time)
    }

    /// Sends what waited for a peer to where it is now; with `isFirst` that is how the peer is reached at all.
    mutating func sendQueued<Event>(
        _ index: PeerTable.Index,
        isFirst: Bool = true,
        _ output: inout MachineOutput<Event>,
        now: ProtocolInstant
    ) {
        guard let destination = peers[index].destination else { return }
        for packet in takeQueued(index, isFirst: isFirst, now: now) {
            output.send(packet.bytes, to: destination, from: peers[index].port)
            octets.recordSent(index, octets: packet.bytes.count)
            peers[index].lastTransmission = now
        }
    }
}

// MARK: - What passes

extension ContactEngine {
    /// Notes that a packet leaves for a peer.
    @inline(__always)
    mutating func recordTransmission(_ index: PeerTable.Index, octets count: Int, now: ProtocolInstant) {
        peers[index].lastTransmission = now
        octets.recordSent(index, octets: count)
    }

    /// Notes when packets were last sent to a proven peer without asking, and that it is in use; returns where it is, `nil` for
    /// any other.
    mutating func recordActivity(of address: IPv6Address, lastTransmission: ProtocolInstant?) -> PeerTable.Index? {
        guard let index = peers.find(address), peers[index].isTrusted else { return nil }
        if let lastTransmission { peers[index].lastTransmission = max(peers[index].lastTransmission, lastTransmission) }
        peers.touch(index)
        return index
    }

    /// Counts a packet that leaves for a peer on another way.
    mutating func recordSent(_ index: PeerTable.Index, octets count: Int) { octets.recordSent(index, octets: count) }

    /// Counts a packet of a peer that is delivered.
    @inline(__always)
    mutating func recordReceived(_ index: PeerTable.Index, octets count: Int) {
        octets.recordReceived(index, octets: count)
    }

    /// Begins or ends to count the octets of each peer.
    mutating func setCounting(_ isCounting: Bool) { octets.setCounting(isCounting, slots: peers.slotCount) }

    /// Counts octets of packets of a peer that were moved without asking, where they are counted.
    mutating func recordOctets(of address: IPv6Address, received: UInt64, sent: UInt64) {
        guard octets.isCounting, let index = peers.find(address) else { return }
        octets.record(index, received: received, sent: sent)
    }

    /// Counts packets that were delivered because they came with one that the machine let pass.
    mutating func recordDeliveries<Event>(_ count: Int, octets: Int, _ output: inout MachineOutput<Event>) {
        output.counters.recordReceived(octets: octets, datagrams: count)
        self.octets.recordReceivedToo(octets: octets)
        output.counters.packetsDelivered &+= UInt64(count)
    }

    /// At most `limit` of the peers: the proved ones first, in each group those used last first.
    func summaries(limit: Int, now: ProtocolInstant) -> [PeerSummary] {
        peers.newest(limit).map { summary(of: $0, now: now) }
    }

    /// One of the peers; `nil` when nothing is known of it.
    func summary(of address: IPv6Address, now: ProtocolInstant) -> PeerSummary? {
        peers.find(address).map { summary(of: $0, now: now) }
    }

    private func summary(of index: PeerTable.Index, now: ProtocolInstant) -> PeerSummary {
        let address = peers.address(of: index)
        var summary = PeerSummary(peers[index], address: address, now: now)
        summary.octetsReceived = octets[index]?.received
        summary.octetsSent = octets[index]?.sent
        return summary
    }
}
