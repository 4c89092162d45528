/// Leaves room between the client's solicitations and those of others on the same host.
extension TeredoClient {
    /// When a NAT diagnosis may solicit the server too: no solicitation of the client may be unanswered, and none may
    /// be near, so that a silent server hears one in 4 s at most (SEC-39).
    package func nextForeignSolicitation(now: ProtocolInstant) -> ProtocolInstant {
        if let lastUnanswered { return max(now, lastUnanswered + RFC4380.solicitationTimeout) }
        guard let refreshDeadline, refreshDeadline - now < RFC4380.solicitationTimeout else { return now }
        return max(now, refreshDeadline) + .milliseconds(100)
    }
}
