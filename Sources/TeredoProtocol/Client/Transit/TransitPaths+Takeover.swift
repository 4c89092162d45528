import TeredoWire

/// The way back from the relay to the direct path.
extension TransitPaths {
    /// The direct way is open on our side: ask the peer whether it is on its own.
    ///
    /// The change is without loss and in order (docs/transit.md section 5.4): the last packet through the relay is a mark;
    /// what follows waits until the peer has it.
    mutating func beginTakeover(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let path = contacts[index].transit, path.isInUse, path.takeover == nil, path.takeoverDeadline == nil
        else {
            return
        }
        contacts[index].transit?.beginTakeover()
        contacts.sendDirectBubble(toTrusted: index, discovery: .solicitation, context, &output)
        scheduleTakeover(index, at: now + context.patience(atLeast: Self.askingTime), &contacts)
    }

    /// The peer accepts what we send directly: the mark goes through the relay, behind everything else.
    mutating func confirmTakeover(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let path = contacts[index].transit, path.takeover == .asking,
            contacts[index].isValid(now: now)
        else { return }
        contacts[index].transit?.drain()
        send(.mark, nonce: path.nonce, of: index, through: path.relay, contacts, context, &output)
        scheduleTakeover(index, at: now + context.patience(atLeast: Self.drainTime), &contacts)
    }

    /// The mark of a peer: everything that it sent through the relay is here.
    ///
    /// It is answered when what the peer sends directly is accepted.
    func answerMark(
        _ index: PeerTable.Index,
        nonce: UInt64,
        through relay: Destination,
        _ contacts: ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard contacts[index].isValid(now: now) else {
            output.counters.drops.record(.transitClosed)
            return .consumed
        }
        send(.markReceived, nonce: nonce, of: index, through: relay, contacts, context, &output)
        return .consumed
    }

    /// Everything that went through the relay has arrived: what waits goes directly.
    mutating func completeTakeover(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard contacts[index].transit?.takeover == .draining else { return }
        guard contacts[index].isTrusted else { return resume(index, &contacts, &output, now: now) }
        contacts[index].transit?.completeTakeover()
        contacts.mark(index)
        contacts.sendQueued(index, isFirst: false, &output, now: now)
        output.tell(.pathChanged(contacts.address(of: index)))
    }

    /// The peer, which is heard directly and sends through the relay, does not hear us: what we send takes the relay too, until the peer
    /// says that it does.
    mutating func retreat(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard contacts[index].transit?.isOpen(now: now) == true else { return }
        use(index, &contacts, &output, now: now)
        contacts[index].transit?.noteHeard()
        postponeTakeover(index, &contacts, now: now)
        output.tell(.pathChanged(contacts.address(of: index)))
    }

    /// The change did not come off: what waits goes through the relay, and after a while there is another attempt.
    mutating func resume(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts[index].transit?.failTakeover()
        _ = sendQueued(index, isFirst: false, &contacts, &output, now: now)
        postponeTakeover(index, &contacts, now: now)
    }

    mutating func handleTakeoverDeadline(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        switch contacts[index].transit?.takeover {
        case .draining: resume(index, &contacts, &output, now: now)
        case .asking:
            contacts[index].transit?.failTakeover()
            postponeTakeover(index, &contacts, now: now)
        case nil:
            guard contacts[index].isValid(now: now) else { return }
            beginTakeover(index, &contacts, context, &output, now: now)
        }
    }

    /// 5 s at first, then longer and longer: the direct way may be open in one direction only.
    private mutating func postponeTakeover(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        now: ProtocolInstant
    ) {
        let failures = contacts[index].transit?.countFailedTakeover() ?? 0
        scheduleTakeover(index, at: now + Self.pause * (1 << failures), &contacts)
    }

    private mutating func scheduleTakeover(
        _ index: PeerTable.Index,
        at deadline: ProtocolInstant,
        _ contacts: inout ContactEngine
    ) {
        contacts[index].transit?.putOffTakeover(until: deadline)
        timer.schedule(contacts.ticket(for: index), at: deadline)
    }

    private static let askingTime = Duration.seconds(2)
    private static let drainTime = Duration.seconds(1)
    private static let pause = Duration.seconds(5)
}
