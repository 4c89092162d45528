import TeredoWire

/// The siblings of the relays through which native hosts are reached: packets of such a host may come in through any relay of a
/// fleet, while what goes out takes the one that was proved (SEC-07; docs/fleet.md section 3).
///
/// A relay is asked when a packet of its native host comes in elsewhere, and now and then as long as that goes on, because
/// packets through siblings are no sign of life of the relay itself.
struct RelayFleets: Sendable {
    private var fleets: [RelayFleet] = []

    /// When a question is repeated or given up.
    private(set) var deadline: ProtocolInstant?

    /// Forgets all: another address, another network.
    mutating func removeAll() {
        fleets = []
        deadline = nil
    }

    /// Whether packets of native hosts that are reached through `relay` may come from `source`, as the relay says; asks the relay
    /// when that is not known, or not surely any more.
    mutating func admits(
        _ source: UDPEndpoint,
        of host: IPv6Address,
        through relay: Destination,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        let place = place(of: relay, host, now: now)
        fleets[place].noteUse(by: host, now: now)
        if fleets[place].isUnknown(now: now) { ask(place, context, &output, now: now) }
        updateDeadline()
        return fleets[place].siblings.contains(source)
    }

    /// Whether the relay is being asked, so that what came in elsewhere is worth being kept.
    func isAsking(_ relay: UDPEndpoint) -> Bool {
        fleets.contains { $0.relay.endpoint == relay && $0.question != nil }
    }

    /// Takes the answer of a relay, and returns whether it was one.
    ///
    /// It comes from where the relay was asked, with the nonce of the question (SEC-10); siblings that nothing may be sent to are
    /// none (V14).
    mutating func handleAnswer(
        _ answer: RelaySiblings,
        from source: UDPEndpoint,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> Bool {
        guard let place = fleets.firstIndex(where: { $0.relay.endpoint == source }),
            fleets[place].question?.nonce == answer.nonce
        else { return false }
        fleets[place].adopt(
            answer.endpoints.filter { $0 != source && context.filter.mayBeSent(to: $0) },
            now: now
        )
        updateDeadline()
        return true
    }

    /// A relay that does not answer.
    struct Silence {
        let relay: UDPEndpoint
        /// Whether it did before: then it is gone.
        let isLost: Bool
    }

    /// Repeats questions that are due; returns the relays that are given up.
    mutating func handleTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> [Silence] {
        guard let deadline, deadline <= now else { return [] }
        var silent: [Silence] = []
        for place in fleets.indices {
            if let check = fleets[place].checkDeadline, check <= now { ask(place, context, &output, now: now) }
            guard let question = fleets[place].question, question.deadline <= now else { continue }
            if question.attempts < Self.attemptLimit {
                fleets[place].question?.attempts += 1
                let pause = pause(fleets[place], context)
                fleets[place].question?.deadline = now + pause
                send(question, of: fleets[place], context, &output)
            } else {
                silent.append(Silence(relay: fleets[place].relay.endpoint, isLost: fleets[place].giveUp()))
            }
        }
        fleets.removeAll { fleet in silent.contains { $0.isLost && $0.relay == fleet.relay.endpoint } }
        updateDeadline()
        return silent
    }

    /// The entry of a relay; the one that was not needed for longest makes room.
    private mutating func place(of relay: Destination, _ host: IPv6Address, now: ProtocolInstant) -> Int {
        fleets.removeAll { now - $0.usedAt >= Self.memory }
        if let place = fleets.firstIndex(where: { $0.relay == relay }) { return place }
        if fleets.count >= Self.limit, let oldest = fleets.indices.min(by: { fleets[$0].usedAt < fleets[$1].usedAt }) {
            fleets.remove(at: oldest)
        }
        fleets.append(RelayFleet(relay: relay, host: host, now: now))
        return fleets.count - 1
    }

    private mutating func ask(
        _ place: Int,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let nonce = max(1, output.random.next() as UInt64)
        let question = RelayFleet.Question(nonce: nonce, deadline: now + pause(fleets[place], context))
        fleets[place].question = question
        send(question, of: fleets[place], context, &output)
    }

    private func send(
        _ question: RelayFleet.Question,
        of fleet: RelayFleet,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) {
        output.sendBubble(
            from: context.own,
            to: fleet.host,
            at: fleet.relay,
            trailers: TrailerList([.relaySiblings(RelaySiblings(asking: question.nonce))])
        )
    }

    private mutating func updateDeadline() {
        deadline = fleets.compactMap { $0.question?.deadline ?? $0.checkDeadline }.min()
    }

    /// A relay that answered before answers at once, or hangs.
    private func pause(_ fleet: RelayFleet, _ context: ClientContext) -> Duration {
        context.patience(atLeast: fleet.answeredAt == nil ? .seconds(1) : .milliseconds(200))
    }

    private static let limit = 16
    /// How often a question is asked.
    private static let attemptLimit = 3
    /// How long a relay is remembered that is not needed.
    private static let memory = Duration.seconds(600)
}
