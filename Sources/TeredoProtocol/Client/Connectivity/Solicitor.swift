import TeredoWire

/// The solicitations of a client to the server in use: one at a time, and never too soon (SEC-39).
struct Solicitor: Sendable {
    private enum State: Sendable {
        case idle
        /// The first one of a phase has to wait, because the server left one unanswered a moment ago.
        case postponed(until: ProtocolInstant, coneBit: Bool)
        /// The answer is awaited.
        case waiting(Solicitation)
    }

    private var state = State.idle
    /// When the last solicitation without an answer left.
    private(set) var lastUnanswered: ProtocolInstant?

    /// The solicitation that waits for its answer.
    var outstanding: Solicitation? { if case .waiting(let solicitation) = state { solicitation } else { nil } }

    /// When a solicitation that had to wait may go.
    var startDeadline: ProtocolInstant? { if case .postponed(let deadline, _) = state { deadline } else { nil } }

    /// Whether a solicitation waits for its answer or for its time.
    var isBusy: Bool { if case .idle = state { false } else { true } }

    /// Nothing is asked any more.
    mutating func stop() { state = .idle }

    /// The server showed a sign of life: nothing is unanswered.
    mutating func answered() {
        state = .idle
        lastUnanswered = nil
    }

    /// Another question to the same server left, beside those of this solicitor.
    mutating func noteOther(sentAt instant: ProtocolInstant) { lastUnanswered = instant }

    /// It was answered.
    mutating func otherAnswered() { if !isBusy { lastUnanswered = nil } }

    /// Sends the first solicitation of a phase to the primary address, but never within 4 s of one that is still
    /// unanswered by the same server (SEC-39).
    mutating func begin(
        coneBit: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        if let lastUnanswered, now - lastUnanswered < RFC4380.solicitationTimeout {
            state = .postponed(until: lastUnanswered + RFC4380.solicitationTimeout, coneBit: coneBit)
            return
        }
        guard let server = context.server else { return }
        solicit(server.primary, coneBit: coneBit, context, &output, now: now)
    }

    /// Sends the solicitation that had to wait, when it may go.
    mutating func handleStartTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard case .postponed(let deadline, let coneBit) = state, deadline <= now else { return }
        state = .idle
        begin(coneBit: coneBit, context, &output, now: now)
    }

    /// Sends a solicitation, or begins a check, whose questions may be others.
    mutating func solicit(
        _ server: IPv4Address,
        coneBit: Bool,
        check: ServerCheck? = nil,
        solicitsAtOnce: Bool = true,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        // SEC-03: 64 fresh random bits for each solicitation, to whichever server.
        let nonce = output.random.next()
        var next = Solicitation(server: server, coneBit: coneBit, nonce: nonce, sentAt: now, attempts: 1)
        if let check { next.begin(check, solicitsAtOnce: solicitsAtOnce) }
        send(next, context, &output)
    }

    /// Sends the next solicitation of a phase.
    mutating func `repeat`(
        _ previous: Solicitation,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        send(Solicitation(after: previous, nonce: output.random.next(), sentAt: now), context, &output)
    }

    private mutating func send(_ solicitation: Solicitation, _ context: ClientContext, _ output: inout ClientOutput) {
        state = .waiting(solicitation)
        guard solicitation.isSolicitation else { return }
        lastUnanswered = solicitation.sentAt
        guard let server = context.filter.destination(server: solicitation.server) else { return }
        output.send(
            context.exchange.solicitation(nonce: solicitation.nonce, coneBit: solicitation.coneBit),
            to: server
        )
        output.counters.solicitations &+= 1
    }

    /// The network says that the solicitation under way did not arrive; returns what is known of it then.
    mutating func refuse(_ solicitation: Solicitation) -> Solicitation {
        var refused = solicitation
        refused.refuse()
        state = .waiting(refused)
        return refused
    }

    /// The network says so without a proof, which ends the phase with the usual time-out.
    mutating func doubt(_ solicitation: Solicitation) {
        var doubted = solicitation
        doubted.doubt()
        state = .waiting(doubted)
    }

    /// A check was in vain, and no other server answered either: the fault may be near, and the last solicitation of the
    /// check is the first of the usual pace.
    mutating func endCheck(_ last: Solicitation) {
        var last = last
        last.endCheck()
        state = .waiting(last)
    }
}
