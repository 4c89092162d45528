import TeredoWire

/// Decides what a role has announced, so that a condition that comes and goes is no flood of updates for routers.
struct AnnouncementJudge: Sendable {
    /// What was decided last, and why.
    private(set) var decision: (order: AnnouncementOrder, reason: String?) = (.withdraw, Self.starting)
    private var lastUnhealthy: ProtocolInstant?
    private var lastOverLimits: ProtocolInstant?

    /// The reason of a role that was not judged yet.
    static let starting = "starting"
    /// For how long a role must have been healthy to be announced again.
    static let steady = Duration.seconds(1)
    /// For how long a role must have been within its limits to be as good as others again.
    static let relaxed = Duration.seconds(10)

    /// Decides by the condition now; returns whether anything changed.
    mutating func judge(_ condition: RoleCondition, isDraining: Bool, now: ProtocolInstant) -> Bool {
        let previous = decision
        switch condition {
        case _ where isDraining: decision = (.withdraw, "draining")
        case .unhealthy(let reason):
            lastUnhealthy = now
            decision = (.withdraw, reason)
        case .overLimits(let reason):
            lastOverLimits = now
            if !isRecovering(now) { decision = (.reserve, reason) }
        case .healthy:
            guard !isRecovering(now) else { break }
            if let lastOverLimits, now - lastOverLimits < Self.relaxed {
                if decision.order != .reserve { decision = (.reserve, "over its limits a moment ago") }
            } else {
                decision = (.announce, nil)
            }
        }
        return decision != previous
    }

    private func isRecovering(_ now: ProtocolInstant) -> Bool {
        lastUnhealthy.map { now - $0 < Self.steady } ?? false
    }
}
