import TeredoWire

/// Notices when the NAT forgets the mapping towards the server between two refreshes, and adapts the interval.
///
/// Evidence is another mapping, and a server that gets through after a refresh and did not before it.
struct MappingWatch: Sendable {
    private var lifetime = MappingLifetime()
    private var test = MappingTest()
    /// Whether the last test says that the mapping was gone.
    ///
    /// While the interval is as set, one test more has to say so, because a
    /// server that limits what comes from one address may drop a test too.
    private var isSuspected = false

    /// The refresh interval in force when `set` is the longest one.
    func interval(of set: Duration) -> Duration { lifetime.interval(of: set) }

    /// The shortest time after which a mapping was gone; `nil` while none was lost.
    var lostWithin: Duration? { lifetime.lostWithin }

    /// Whether nothing but what the client sends keeps the mapping, as far as it knows.
    var isShort: Bool { lifetime.isShort }

    /// When a test goes on.
    var deadline: ProtocolInstant? { test.deadline }

    /// Whether a test keeps the refresh waiting.
    var isAsking: Bool { test.isAsking }

    /// There is an address: whether its mapping outlives the interval is found out before the first refresh.
    mutating func begin(_ context: ClientContext, _ output: inout ClientOutput) {
        test.stop(&output)
        // Without a NAT there is nothing that forgets.
        if context.mappedEndpoint != context.localEndpoint { test.request() }
    }

    /// There is no address.
    mutating func stop(_ output: inout ClientOutput) { test.stop(&output) }

    /// The client takes another server.
    mutating func forgetServer() { test.forgetServer() }

    /// The network or the setting is another one.
    mutating func forget(_ output: inout ClientOutput) {
        lifetime = MappingLifetime()
        isSuspected = false
        test.stop(&output)
        test.request()
    }

    /// The secondary port is open.
    mutating func portOpened(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        test.portOpened(context, &output, now: now)
    }

    /// How long before the next refresh a test begins; `nil` when there is none.
    ///
    /// Once the NAT is known to forget quickly, the whole interval is tested, though that delays a refresh that finds the mapping
    /// gone.
    var testLead: Duration? { test.isWanted ? (lifetime.isShort ? .zero : MappingTest.duration) : nil }

    /// A refresh goes ahead.
    mutating func noteRefreshBegun() { test.noteRefreshBegun() }

    /// Begins a test, when the owner has a port for it; returns whether it does.
    mutating func beginTest(
        idleSince: ProtocolInstant,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        test.begin(idleSince: idleSince, &output, now: now)
    }

    /// The test goes on; returns whether it is the refresh's turn.
    mutating func handleTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        test.handleTimeout(context, &output, now: now) == .refresh
    }

    /// The server saw another endpoint after `age` without a packet of its own.
    mutating func recordChange(
        from old: UDPEndpoint,
        to new: UDPEndpoint,
        after age: Duration,
        of set: Duration,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let age = test.silentAge ?? age
        test.stop(&output)
        let loss = lifetime.recordLoss(after: age, isRenumbered: old.address != new.address, of: set, now: now)
        tell(loss, after: age, of: set, &output)
    }

    /// The server answered a refresh and saw the same endpoint.
    mutating func recordRefresh(
        of set: Duration,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard !test.isSilent else { return test.compare(context, &output, now: now) }
        if !test.isDue { survive(of: set, &output) }
    }

    /// A refresh is done; a longer interval is tried now and then while nothing uses the address.
    mutating func considerLonger(of set: Duration, isIdle: Bool, now: ProtocolInstant) {
        if lifetime.tryLonger(of: set, isIdle: isIdle, now: now) { test.request() }
    }

    /// The server got through to the service port.
    mutating func noteServerHeard(_ output: inout ClientOutput) {
        if test.isAsking { _ = test.conclude(&output) }
    }

    /// Judges a bubble of the server's: `nil` when it is none of a test, else whether it came right after a refresh, so that the next
    /// one is planned anew.
    mutating func handleBubble(
        _ header: IPv6Header,
        of set: Duration,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool? {
        guard test.isOwn(header) else { return nil }
        let finding = test.conclude(&output)
        let isConfirmed = isSuspected || lifetime.isShort
        isSuspected = false
        // How long a refresh waits is drawn anew each time, and one that comes early proves little.
        if case .alive = finding, lifetime.isShort, !lifetime.isTrying { test.request() }
        guard case .gone(let age) = finding else { return false }
        test.request()
        guard isConfirmed else {
            isSuspected = true
            return true
        }
        tell(lifetime.recordLoss(after: age, of: set, now: now), after: age, of: set, &output)
        return true
    }

    private mutating func survive(of set: Duration, _ output: inout ClientOutput) {
        guard lifetime.recordSurvival(of: set) else { return }
        output.tell(.refreshIntervalChanged(interval(of: set)))
    }

    private func tell(
        _ loss: MappingLifetime.Loss,
        after age: Duration,
        of set: Duration,
        _ output: inout ClientOutput
    ) {
        switch loss {
        case .ignored: break
        case .shortened: output.tell(.mappingLost(within: age, refreshInterval: interval(of: set)))
        case .trialFailed: output.tell(.refreshIntervalChanged(interval(of: set)))
        case .unkeepable: output.tell(.mappingNotKept(within: age))
        }
    }
}
