import TeredoWire

/// The question for the kind of NAT beside a qualified client.
extension ServerLink {
    /// Asks the secondary address beside a qualified client, from the beginning; or nothing more.
    mutating func examineNAT(
        _ isWanted: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        inquiry.stop()
        guard isWanted, let secondary = context.server?.secondary else { return }
        inquiry.begin(secondary, context, &output, now: now)
        noteInquiry(now: now)
    }

    /// Whether the answer of the secondary address may come any moment.
    var isExaminingNAT: Bool { inquiry.isFresh }

    /// Until when it is better to wait for the kind of NAT than to do without; `nil` when it is not.
    func examinationPatience(now: ProtocolInstant) -> ProtocolInstant? { inquiry.patience(now: now) }

    /// The kind of NAT is known.
    mutating func endExamination() {
        inquiry.stop()
        solicitor.otherAnswered()
    }

    /// Asks the secondary address once more, if it is time and the primary one is not being asked (SEC-39).
    mutating func handleInquiryTimeout(
        interval: Duration,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let deadline = inquiry.deadline, deadline <= now else { return }
        let earliest = nextInquiry(interval: interval, context, now: now)
        inquiry.handleTimeout(notBefore: earliest, context, &output, now: now)
        noteInquiry(now: now)
    }

    /// When the secondary address may be asked: 4 s after a solicitation without an answer, and not shortly before the refresh,
    /// whose answer it waits for.
    private func nextInquiry(interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> ProtocolInstant {
        let earliest = max(now, solicitor.lastUnanswered.map { $0 + RFC4380.solicitationTimeout } ?? now)
        guard let deadline = refresh?.deadline,
            deadline - earliest < distance(interval: interval, context, now: now)
        else { return earliest }
        return max(earliest, deadline + Self.margin)
    }

    private mutating func noteInquiry(now: ProtocolInstant) {
        guard inquiry.unansweredSince == now else { return }
        solicitor.noteOther(sentAt: now)
        if let server = inquiry.server { noteOpening(server, now: now) }
    }
}
