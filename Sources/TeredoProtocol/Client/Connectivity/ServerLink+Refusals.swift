import TeredoWire

/// Servers of which the network says that they are not reached (RFC 5927, SEC-38).
extension ServerLink {
    /// Word came that a solicitation with this nonce did not reach `server`; `nil` for the nonce when it was not quoted.
    ///
    /// Nobody off the path knows the nonce, so a first solicitation that is refused is over, and so is a server that refuses two
    /// refreshes in a row. Without it the phase ends with the usual time-out, and what is in use stays in use.
    mutating func handleRefusal(
        by server: IPv4Address,
        nonce: UInt64?,
        isQualified: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Refusal {
        if let nonce, servers.refuse(server, nonce: nonce, &output, now: now) {
            guard !isQualified, let pending = solicitor.outstanding, pending.isRefused,
                !servers.hasHope(since: pending.begunAt)
            else { return .noted }
            return end(pending)
        }
        if let nonce, inquiry.isAnswered(from: server, nonce: nonce) {
            inquiry.refuse(&output, now: now)
            return .noted
        }
        guard let pending = solicitor.outstanding, pending.server == server else { return .foreign }
        guard let nonce else {
            guard !isQualified else { return .ignored(.unprovenError) }
            solicitor.doubt(pending)
            return .noted
        }
        guard pending.has(nonce) else { return .foreign }
        if let lastHeard, lastHeard > pending.sentAt { return .ignored(.contradictedError) }
        let refused = solicitor.refuse(pending)
        guard isQualified else {
            let isFirst = server == context.server?.primary
            if isFirst, servers.race(since: refused.begunAt, context, &output, now: now) { return .noted }
            return end(refused)
        }
        // Another server takes over only after the whole check: one that restarts is back sooner.
        if refused.isCheck {
            if refused.refusals == 1 { servers.askStandbys(since: refused.begunAt, context, &output, now: now) }
            return .noted
        }
        return refused.refusals >= Self.refusalLimit ? end(refused) : .noted
    }

    private mutating func end(_ solicitation: Solicitation) -> Refusal {
        servers.recordFailure()
        solicitor.stop()
        return .exhausted(solicitation)
    }

    /// How many refreshes in a row have to be refused before the address is given up.
    private static let refusalLimit = 2
}
