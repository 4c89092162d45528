import TeredoSettings
import TeredoWire

/// Keeps a host whose network flaps from changing its role as often.
///
/// A change of role costs all peers their paths. So another role has to be called for without interruption: for a second, and
/// after each change of role twice as long as before it, at most ``longest``. Only when nothing else was called for
/// during ``memory`` is a second enough again. That bounds the changes: six in two minutes, then one a minute.
struct RoleStability {
    private var required = shortest
    /// When another role than the one that ran was called for last.
    private var lastUnrest: ProtocolInstant?
    /// The role that is called for in the place of the one that runs, and since when.
    private var called: (role: AutoRole, since: ProtocolInstant)?

    /// When the role is to change if it is still called for then; `nil` while the right one runs.
    var nextTimeout: ProtocolInstant? { called.map { $0.since + required } }

    /// Takes notice of what the host calls for; returns whether the role that runs is to end.
    mutating func observe(_ decision: AutoDecision, running: AutoRole, now: ProtocolInstant) -> Bool {
        guard decision.role != running else {
            called = nil
            return false
        }
        guard !decision.isImmediate else { return true }
        if let lastUnrest, now >= lastUnrest + Self.memory { required = Self.shortest }
        lastUnrest = now
        if called?.role != decision.role { called = (decision.role, now) }
        guard let deadline = nextTimeout else { return false }
        return deadline <= now
    }

    /// Takes notice that the role has changed.
    mutating func handleChange(now: ProtocolInstant) {
        required = min(required * 2, Self.longest)
        lastUnrest = now
        called = nil
    }

    static let shortest = Duration.seconds(1)
    static let longest = Duration.seconds(60)
    static let memory = Duration.seconds(300)
}
