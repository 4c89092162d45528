import TeredoWire

/// What the owner of the connectivity asks.
extension Connectivity {
    /// Where the client stands.
    var status: ConnectivityStatus { qualification.status }

    /// Whether the servers are being looked up.
    var isResolving: Bool { qualification.state == .resolving }

    /// The refresh interval in force.
    var refreshInterval: Duration { watch.interval(of: determination.interval) }

    /// The shortest time after which the NAT had forgotten the mapping; `nil` while it never did.
    var mappingLostWithin: Duration? { watch.lostWithin }

    /// Whether the kind of NAT is not known and may be any moment.
    var isExaminingNAT: Bool { context.natClass == .unknown && link.isExaminingNAT }

    /// Until when bubbles to new peers wait for the kind of NAT, which decides what they are to be like; `nil` when they do not.
    func contactDelay(now: ProtocolInstant) -> ProtocolInstant? {
        context.natClass == .unknown ? link.examinationPatience(now: now) : nil
    }

    /// The servers in order of preference, with what is known of them.
    var health: [ServerHealth] { link.health(isQualified: context.address != nil) }

    /// When somebody else on this host may solicit the server too (SEC-39).
    func nextForeignSolicitation(now: ProtocolInstant) -> ProtocolInstant {
        link.nextForeignSolicitation(interval: refreshInterval, context, now: now)
    }

    /// Enters what is waited for.
    func enterDeadlines(into deadlines: inout DeadlineTable) {
        link.enterDeadlines(asksOthers: qualification.asksOtherServers, into: &deadlines)
        if let deadline = qualification.backoffDeadline { deadlines[.start] = deadline }
        deadlines[.intervalDetermination] = determination.deadline
        if let deadline = watch.deadline {
            deadlines[.refresh] = watch.isAsking ? deadline : .earlier(deadline, deadlines[.refresh])
        }
    }
}
