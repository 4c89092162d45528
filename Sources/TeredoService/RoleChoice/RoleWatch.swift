import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Notices that the host's network calls for another role than the one that runs.
package final class RoleWatch: DriverPart {
    let name = "role watch"
    private var policy: AutoPolicy
    private let interfaceName: String
    private let monitor: NetworkMonitor
    private var stability = RoleStability()
    /// When to look next because something changed, or because nobody tells of changes.
    private var nextLook: ProtocolInstant?
    /// The role that runs, and why.
    private(set) var decision: AutoDecision
    /// What the network is; `nil` when nothing tells what a managed network is.
    private(set) var network: NetworkKind?
    /// The roles that ran, with their beginnings, the newest first.
    private var history: [(decision: AutoDecision, since: ProtocolInstant)]
    /// Whether the running role is no longer the right one.
    private(set) var isOver = false

    /// Looks at the host, except at the role's own interface.
    init(_ policy: AutoPolicy, interfaceName: String, now: ProtocolInstant) throws(ServiceError) {
        self.policy = policy
        self.interfaceName = interfaceName
        // First listen, then look: no change between the two is missed.
        monitor = try ServiceError.wrapping { () throws(SystemError) in try NetworkMonitor(watchesIPv6Routes: true) }
        let situation = try HostSituation(exceptInterface: interfaceName)
        decision = policy.decision(in: situation)
        network = policy.network(in: situation)
        history = [(decision, now)]
        scheduleRoutineLook(now: now)
    }

    /// Whether anything may be done, in the words of Windows.
    var type: AutoType { policy.type }

    /// Decides by another policy from now on, and looks at once.
    func follow(_ policy: AutoPolicy, now: ProtocolInstant) {
        guard policy != self.policy else { return }
        self.policy = policy
        nextLook = now
    }

    /// Becomes readable when the host's network changes.
    var descriptor: CInt { monitor.descriptor }

    var nextTimeout: ProtocolInstant? { .earlier(nextLook, stability.nextTimeout) }

    /// Something changed: looks soon, once for everything that changes together.
    func handle(_ source: Int, now: ProtocolInstant) {
        monitor.drain()
        let soon = now + Self.gathering
        nextLook = nextLook.map { min($0, soon) } ?? soon
    }

    /// Looks at the host; the role is over when it has called for another one long enough.
    func handleTimeout(now: ProtocolInstant) {
        guard let deadline = nextTimeout, deadline <= now else { return }
        guard let situation = try? HostSituation(exceptInterface: interfaceName) else {
            // The kernel did not answer; ask again instead of taking silence for an answer.
            nextLook = now + Self.repetition
            return
        }
        nextLook = nil
        scheduleRoutineLook(now: now)
        network = policy.network(in: situation)
        isOver = stability.observe(policy.decision(in: situation), running: decision.role, now: now)
    }

    /// Adopts the role that the host calls for now.
    func adopt(now: ProtocolInstant) throws(ServiceError) {
        let situation = try HostSituation(exceptInterface: interfaceName)
        decision = policy.decision(in: situation)
        network = policy.network(in: situation)
        history.insert((decision, now), at: 0)
        if history.count > RoleChange.limit { history.removeLast() }
        stability.handleChange(now: now)
        isOver = false
        nextLook = nil
        scheduleRoutineLook(now: now)
    }

    /// The roles that ran, the newest first, the one that runs included.
    func roles(now: ProtocolInstant) -> [RoleChange] {
        history.map { decision, since in
            RoleChange(age: now - since, role: decision.role, cause: decision.cause, reason: decision.reason)
        }
    }

    private func scheduleRoutineLook(now: ProtocolInstant) {
        if policy.needsSearchDomains { nextLook = now + Self.routine }
    }

    private static let gathering = Duration.milliseconds(25)
    private static let repetition = Duration.seconds(1)
    /// How often the search domains are read when nothing else changes.
    private static let routine = Duration.seconds(5)
}
