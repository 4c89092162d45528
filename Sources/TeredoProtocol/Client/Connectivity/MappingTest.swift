import TeredoWire

/// Whether the server still gets through to the service port after the mapping was left alone: a bubble from another port asks
/// it to, as in RFC 4380 section 5.2.7, but about the mapping in use.
///
/// Only this tells that a NAT which preserves ports, or gives the same one again, forgot the mapping in between. Silence counts
/// when the same question is answered right after the refresh: otherwise the server passes on no such bubbles.
struct MappingTest: Sendable {
    private enum Step: Sendable {
        case idle
        /// Waiting for the owner to open the secondary port; without one, the test is left out.
        case opening(deadline: ProtocolInstant)
        /// Bubbles are under way, the mapping has been left alone.
        case asking(attempts: Int, deadline: ProtocolInstant)
        /// One arrived; the refresh goes ahead.
        case passed
        /// None arrived; the mapping is being refreshed.
        case silent
        /// Bubbles are under way right after the refresh.
        case comparing(attempts: Int, deadline: ProtocolInstant)
    }

    /// What became of a test when its time was over.
    enum Outcome: Hashable, Sendable {
        /// It goes on.
        case pending
        /// It is the refresh's turn.
        case refresh
        /// It says nothing.
        case void
    }

    /// What the arrival of a bubble says.
    enum Finding: Hashable, Sendable {
        /// The mapping lives.
        case alive
        /// It was gone after this time.
        case gone(after: Duration)
        /// Nothing: it was late.
        case nothing
    }

    private var step = Step.idle
    /// Where the bubbles of this test claim to come from; nobody else knows it (SEC-11).
    private var identity = IPv6Address.unspecified
    /// How long the server had not been heard of when the first bubble left.
    private var age = Duration.zero
    /// How many of the next refreshes have a test: what the client sent in between may have kept the mapping of one.
    private var dueCount = 0
    /// How many refreshes there were since the last test.
    private var untestedCount = 0
    /// How often the server passed on nothing, not even right after a refresh.
    private var refusals = 0

    /// Whether it keeps the refresh waiting.
    var isAsking: Bool {
        switch step {
        case .opening, .asking: true
        case .idle, .passed, .silent, .comparing: false
        }
    }

    /// Whether the mapping was left alone and is being refreshed now.
    var isSilent: Bool { silentAge != nil }

    /// After how long nothing came in, while the mapping is being refreshed; `nil` otherwise.
    var silentAge: Duration? { if case .silent = step { age } else { nil } }

    /// Whether the server is one that passes such bubbles on, as far as is known.
    private var isPossible: Bool { refusals < Self.refusalLimit }

    /// When it goes on.
    var deadline: ProtocolInstant? {
        switch step {
        case .idle, .passed, .silent: nil
        case .opening(let deadline), .asking(_, let deadline), .comparing(_, let deadline): deadline
        }
    }

    /// Whether the next refresh has a test, because the mapping or the interval is new.
    var isDue: Bool { dueCount > 0 && isPossible }

    /// Asks for tests before the next refreshes.
    mutating func request() { dueCount = Self.testCount }

    /// Another server may pass on what this one does not.
    mutating func forgetServer() { refusals = 0 }

    /// Ends a test without a result.
    mutating func stop(_ output: inout ClientOutput) {
        switch step {
        case .idle, .passed: break
        case .opening, .asking, .silent, .comparing: output.tell(.secondaryPortDone)
        }
        step = .idle
    }

    /// Whether there is to be a test before the next refresh.
    var isWanted: Bool {
        guard isPossible, case .idle = step else { return false }
        return isDue || untestedCount >= Self.longestPause
    }

    /// Begins, when it is wanted, and returns whether it did; `idleSince` is when the server was heard last.
    mutating func begin(idleSince: ProtocolInstant, _ output: inout ClientOutput, now: ProtocolInstant) -> Bool {
        guard isWanted else { return false }
        untestedCount = 0
        step = .opening(deadline: now)
        age = now - idleSince
        identity = TeredoLinkLocal.keyed(identifier: output.random.next())
        output.tell(.secondaryPortNeeded)
        return true
    }

    /// A refresh goes ahead.
    mutating func noteRefreshBegun() {
        untestedCount += 1
        if case .passed = step { step = .idle }
    }

    /// The secondary port is open.
    mutating func portOpened(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard case .opening = step else { return }
        step = .asking(attempts: 1, deadline: ask(context, &output, now: now))
    }

    /// Does what is due.
    mutating func handleTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Outcome {
        guard let deadline, deadline <= now else { return .pending }
        switch step {
        case .idle, .passed, .silent:
            return .pending
        case .opening:
            dueCount = 0
            stop(&output)
            return .refresh
        case .asking(let attempts, _) where attempts < Self.attemptLimit:
            step = .asking(attempts: attempts + 1, deadline: ask(context, &output, now: now))
            return .pending
        case .asking:
            step = .silent
            return .refresh
        case .comparing(let attempts, _) where attempts < Self.attemptLimit:
            step = .comparing(attempts: attempts + 1, deadline: ask(context, &output, now: now))
            return .pending
        case .comparing:
            refusals += 1
            stop(&output)
            return .void
        }
    }

    /// Asks again now that the mapping is fresh and the same as before.
    mutating func compare(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard case .silent = step else { return }
        // What is late for the first question is no answer to the second.
        identity = TeredoLinkLocal.keyed(identifier: output.random.next())
        step = .comparing(attempts: 1, deadline: ask(context, &output, now: now))
    }

    /// Whether a bubble that came through the server is one of this test.
    func isOwn(_ header: IPv6Header) -> Bool {
        switch step {
        case .asking, .silent, .comparing: header.isBubble && header.source == identity
        case .idle, .opening, .passed: false
        }
    }

    /// The server got through to the service port.
    mutating func conclude(_ output: inout ClientOutput) -> Finding {
        let before = step
        stop(&output)
        refusals = 0
        switch before {
        case .asking:
            step = .passed
            dueCount = max(dueCount - 1, 0)
            return .alive
        case .comparing:
            return .gone(after: age)
        case .idle, .opening, .passed, .silent:
            return .nothing
        }
    }

    private func ask(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ProtocolInstant {
        if let server = context.serverDestination {
            output.sendBubble(from: identity, to: context.own, at: server, port: .secondary)
        }
        return now + context.patience(atLeast: Self.pause)
    }

    private static let testCount = 3
    /// How many refreshes go without a test at most, in case the NAT is another one without any sign of it.
    private static let longestPause = 20
    /// How long a test takes that finds the mapping gone, unless round trips are long.
    static let duration = pause * attemptLimit
    private static let attemptLimit = 3
    private static let pause = Duration.seconds(1)
    private static let refusalLimit = 2
}
