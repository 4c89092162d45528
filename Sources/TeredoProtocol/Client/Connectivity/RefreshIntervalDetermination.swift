import TeredoWire

/// The search for the longest refresh interval that the NAT tolerates (RFC 4380 section 5.2.7).
///
/// A second port is qualified, left alone for a candidate interval and then sent a bubble through the server. The machine
/// sends what the search needs, owns the interval in force and tells when it is another one.
struct RefreshIntervalDetermination: Hashable, Sendable {
    private enum Step: Hashable, Sendable {
        /// Not running.
        case idle
        /// Waiting for the owner to open the secondary port.
        case opening
        /// The secondary port is being qualified.
        case qualifying(Solicitation)
        /// Waiting for the candidate interval to pass; the secondary port would have the address.
        case waiting(until: ProtocolInstant, address: TeredoAddress)
        /// A bubble is on its way to the secondary port.
        case probing(attempts: Int, deadline: ProtocolInstant, address: TeredoAddress)
    }

    /// What a datagram on the secondary port led to.
    enum Reception: Hashable, Sendable {
        /// It was used up; whether the interval in force is another one from now on.
        case consumed(isOtherInterval: Bool)
        /// It was dropped.
        case drop(DropReason)
    }

    /// The interval in force.
    private(set) var interval: Duration
    private var step = Step.idle
    private var maximum = RFC4380.maximumRefreshInterval
    private var candidate = RFC4380.refreshInterval * 2

    init(interval: Duration) {
        self.interval = interval
    }

    /// Whether the secondary port is the search's.
    var isUnderWay: Bool { step != .idle }

    /// When the search goes on.
    var deadline: ProtocolInstant? {
        switch step {
        case .idle, .opening: nil
        case .qualifying(let solicitation): solicitation.deadline
        case .waiting(let until, _): until
        case .probing(_, let deadline, _): deadline
        }
    }

    /// Begins, unless it is under way: the candidate is twice the interval in force.
    mutating func start(_ output: inout ClientOutput) {
        guard step == .idle else { return }
        step = .opening
        maximum = max(RFC4380.maximumRefreshInterval, interval * 4)
        candidate = interval * 2
        output.tell(.secondaryPortNeeded)
    }

    /// Ends the search; the interval in force stays.
    mutating func stop(_ output: inout ClientOutput) {
        guard step != .idle else { return }
        step = .idle
        output.tell(.secondaryPortDone)
    }

    /// The administrator wants another interval; one that was found out by experiment goes as well, because the
    /// administrator knows better.
    mutating func set(_ interval: Duration, _ output: inout ClientOutput) {
        self.interval = interval
        stop(&output)
    }

    /// The secondary port is open.
    mutating func portOpened(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard step == .opening else { return }
        solicit(attempts: 1, context, &output, now: now)
    }

    /// Decides about a datagram that came in on the secondary port.
    mutating func handleDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Reception {
        guard let server = context.server, source == context.serverEndpoint else { return .drop(.foreignDestination) }
        switch step {
        case .qualifying(let solicitation):
            switch context.validate(datagram, in: bytes, nonce: solicitation.nonce, coneBit: false) {
            case .failure(let rejection): return .drop(rejection.reason)
            case .success(let answer):
                output.counters.advertisements &+= 1
                let address = TeredoAddress(
                    server: server.primary,
                    flags: TeredoFlags.random(coneBit: false, using: &output.random),
                    mappedEndpoint: answer.mappedEndpoint
                )
                step = .waiting(until: now + candidate, address: address)
                return .consumed(isOtherInterval: false)
            }
        case .probing(_, _, let address):
            guard datagram.header.isBubble, datagram.header.source == context.own,
                datagram.header.destination == address.ipv6
            else { return .drop(.foreignDestination) }
            return .consumed(isOtherInterval: succeed(context, &output, now: now))
        case .idle, .opening, .waiting:
            return .drop(.foreignDestination)
        }
    }

    /// Does what is due.
    mutating func handleTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let deadline, deadline <= now else { return }
        switch step {
        case .idle, .opening:
            break
        case .qualifying(let solicitation) where solicitation.isLast:
            stop(&output)
        case .qualifying(let solicitation):
            solicit(attempts: solicitation.attempts + 1, context, &output, now: now)
        case .waiting(_, let address):
            probe(address, attempts: 1, context, &output, now: now)
        case .probing(let attempts, _, let address) where attempts < RFC4380.attemptLimit:
            probe(address, attempts: attempts + 1, context, &output, now: now)
        case .probing:
            fail(context, &output, now: now)
        }
    }

    private mutating func solicit(
        attempts: Int,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let server = context.server, let place = context.serverDestination else { return }
        let nonce = output.random.next()
        step = .qualifying(
            Solicitation(server: server.primary, coneBit: false, nonce: nonce, sentAt: now, attempts: attempts)
        )
        output.send(
            context.exchange.solicitation(nonce: nonce, coneBit: false),
            to: place,
            from: .secondary
        )
        output.counters.solicitations &+= 1
    }

    /// Sends a bubble to the secondary address through the client's own server: the mapping towards the server is what counts.
    private mutating func probe(
        _ address: TeredoAddress,
        attempts: Int,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let server = context.serverDestination else { return stop(&output) }
        output.sendBubble(from: context.own, to: address.ipv6, at: server)
        step = .probing(attempts: attempts, deadline: now + RFC4380.retryInterval, address: address)
    }

    /// The mapping survived the candidate interval.
    ///
    /// The letter of the RFC ends the search after failures only and would go on for ever here; an interval of 75 % of
    /// the maximum is good enough after a success too.
    private mutating func succeed(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        let previous = interval
        interval = candidate
        candidate = min(interval * 2, (interval + maximum) / 2)
        proceed(context, &output, now: now)
        guard interval != previous else { return false }
        output.tell(.refreshIntervalChanged(interval))
        return true
    }

    /// The mapping did not survive the candidate interval; the interval in force stays.
    private mutating func fail(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        maximum = candidate
        candidate = (interval + maximum) / 2
        proceed(context, &output, now: now)
    }

    /// Tries the next candidate, unless the interval is near enough to what is possible.
    private mutating func proceed(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        if interval * 4 >= maximum * 3 {
            stop(&output)
        } else {
            solicit(attempts: 1, context, &output, now: now)
        }
    }
}
