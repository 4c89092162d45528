/// Leaves room between the client's solicitations and those of others on the same host.
extension TeredoClient {
    /// When a NAT diagnosis may solicit the server too: no solicitation of the client may be unanswered, and none may
    /// be near, so that a silent server hears one in 4 s at most (SEC-39).
    package func nextForeignSolicitation(now: ProtocolInstant) -> ProtocolInstant {
        // The client's own repetition goes first, and may be the moment to give up.
        let margin = Duration.milliseconds(100)
        if let lastUnanswered { return max(now, lastUnanswered + RFC4380.solicitationTimeout + margin) }
        // A server that is asked every few seconds is no silent one, and there has to be room between two questions.
        let distance = min(RFC4380.solicitationTimeout, solicitationInterval(now: now) / 4)
        guard let refreshDeadline, refreshDeadline - now < distance else { return now }
        return max(now, refreshDeadline) + margin
    }
}
