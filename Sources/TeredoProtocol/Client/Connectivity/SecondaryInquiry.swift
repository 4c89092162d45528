import TeredoWire

/// The question to the secondary address of the server beside a qualified client: START_SECOND (RFC 4380 section 5.2.1) without
/// its power over the address.
///
/// The answer tells the kind of NAT. Silence means nothing: the server may have one address only, and the address stays.
struct SecondaryInquiry: Sendable {
    private enum State: Sendable {
        case idle
        /// An answer to one of the nonces is awaited, the last of which was sent at `sentAt`.
        case asking(nonces: [UInt64], sentAt: ProtocolInstant)
        /// It was silent, or has to wait for another question, and is asked once more at `until`; an answer to an earlier question still counts.
        case pausing(nonces: [UInt64], until: ProtocolInstant)
    }

    private var state = State.idle
    /// The address that is asked.
    private(set) var server: IPv4Address?
    /// How many questions in a row were in vain.
    private var failures = 0
    /// When the first question left.
    private var begunAt: ProtocolInstant?

    /// When the answer is overdue, or the pause is over.
    var deadline: ProtocolInstant? {
        switch state {
        case .idle: nil
        case .asking(_, let sentAt): sentAt + RFC4380.solicitationTimeout
        case .pausing(_, let until): until
        }
    }

    /// When the question left that is still unanswered; `nil` when none is.
    var unansweredSince: ProtocolInstant? { if case .asking(_, let sentAt) = state { sentAt } else { nil } }

    /// When the next question goes, unless one is under way; `nil` when none will.
    var nextQuestion: ProtocolInstant? { if case .pausing(_, let until) = state { until } else { nil } }

    /// Whether the address was not found silent yet.
    var isFresh: Bool { deadline != nil && failures < RFC4380.solicitationLimit }

    /// Until when it is better to wait for the answer than to do without; `nil` when it is not.
    func patience(now: ProtocolInstant) -> ProtocolInstant? {
        guard unansweredSince != nil, let end = begunAt.map({ $0 + Self.longestPatience }), end > now else {
            return nil
        }
        return end
    }

    /// Nothing is asked any more.
    mutating func stop() {
        state = .idle
        server = nil
        failures = 0
        begunAt = nil
    }

    /// Asks an address from the beginning.
    mutating func begin(
        _ server: IPv4Address,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        stop()
        self.server = server
        begunAt = now
        ask([], notBefore: now, context, &output, now: now)
    }

    /// Repeats the question: three times in all 4 s apart, then after pauses that double from 15 s to an hour; not before
    /// `earliest`.
    mutating func handleTimeout(
        notBefore earliest: ProtocolInstant,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let deadline, deadline <= now else { return }
        switch state {
        case .idle:
            break
        case .pausing(let nonces, _):
            ask(nonces, notBefore: earliest, context, &output, now: now)
        case .asking(let nonces, _):
            failures += 1
            guard failures >= RFC4380.solicitationLimit else {
                return ask(nonces, notBefore: earliest, context, &output, now: now)
            }
            rest(nonces, &output, now: now)
        }
    }

    /// The network says, with a nonce, that the address is not reached: it is left alone as after three questions in vain.
    mutating func refuse(_ output: inout ClientOutput, now: ProtocolInstant) {
        guard case .asking(let nonces, _) = state else { return }
        failures = max(failures + 1, RFC4380.solicitationLimit)
        rest(nonces, &output, now: now)
    }

    private mutating func rest(_ nonces: [UInt64], _ output: inout ClientOutput, now: ProtocolInstant) {
        let doublings = min(failures - RFC4380.solicitationLimit, 16)
        let pause = min(Self.firstPause * (1 << doublings), Self.longestPause)
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &output.random)
        state = .pausing(nonces: nonces, until: now + pause * percent / 100)
    }

    private mutating func ask(
        _ earlier: [UInt64],
        notBefore earliest: ProtocolInstant,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard earliest <= now else {
            state = .pausing(nonces: earlier, until: earliest)
            return
        }
        guard let server, let place = context.filter.destination(server: server) else { return stop() }
        // SEC-03: 64 fresh random bits for each solicitation.
        let nonce = output.random.next()
        state = .asking(nonces: earlier.suffix(RFC4380.solicitationLimit) + [nonce], sentAt: now)
        output.send(context.exchange.solicitation(nonce: nonce, coneBit: false), to: place)
        output.counters.solicitations &+= 1
    }

    /// Whether an advertisement from `source` with this nonce answers one of the last questions; on a long way the answer comes
    /// after the question was repeated.
    func isAnswered(from source: IPv4Address, nonce: UInt64?) -> Bool {
        guard source == server, let nonce else { return false }
        return switch state {
        case .idle: false
        case .asking(let nonces, _), .pausing(let nonces, _): nonces.contains(nonce)
        }
    }

    private static let longestPatience = Duration.seconds(2)
    private static let firstPause = Duration.seconds(15)
    private static let longestPause = Duration.seconds(3600)
}
