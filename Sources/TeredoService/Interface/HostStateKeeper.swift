import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// Keeps the host as the role needs it for its interface: what another program changes is noticed, put back where that is
/// possible, and said where it is not.
final class HostStateKeeper: DriverPart {
    let name = "host state"
    /// What is not as the role needs it.
    private(set) var faults: [InterfaceFault] = []
    /// How many times something was put back.
    private(set) var restorations: UInt64 = 0
    /// Whether the interface itself still exists, in whichever network namespace.
    var exists: () -> Bool = { true }
    private let interface: HostInterface
    private let role: String
    private var pace = RestorationPace()
    /// Since when there is what is not put right at once.
    private var seen: [InterfaceDifference: ProtocolInstant] = [:]
    /// What was said to be wrong already.
    private var told: Set<InterfaceDifference> = []
    private var nextLook: ProtocolInstant?
    private let logger: Logger

    /// Looks after `interface`; `role` is a word for people.
    init(_ interface: HostInterface, role: String, now: ProtocolInstant, logger: Logger) {
        self.interface = interface
        self.role = role
        self.logger = logger
        nextLook = now + Self.routine
    }

    var nextTimeout: ProtocolInstant? { nextLook }

    func handleTimeout(now: ProtocolInstant) throws(ServiceError) { try look(now: now) }

    /// Compares what is wanted with what there is, and puts back what it can; throws when the interface is gone.
    func look(now: ProtocolInstant) throws(ServiceError) {
        nextLook = now + Self.routine
        var left = try differences()
        var failures: [InterfaceDifference: String] = [:]
        var restored: [InterfaceDifference] = []
        // What follows from one thing shows only when that is put right, and is no work of its own of the other program.
        for round in 0..<Self.rounds {
            let due = left.filter { failures[$0] == nil && isDue($0, now: now) }
            guard !due.isEmpty else { break }
            if round == 0 { for kind in Set(due.map(\.kind)) { pace.record(kind, now: now) } }
            for difference in due {
                do {
                    try interface.restore(difference)
                    restored.append(difference)
                } catch { failures[difference] = error.reason }
            }
            left = try differences()
            // It was accepted and had no effect.
            for difference in due where left.contains(difference) {
                failures[difference] = failures[difference] ?? Self.remedy(difference, interface.name)
            }
        }
        seen = seen.filter { left.contains($0.key) }
        tell(restored.filter { !left.contains($0) })
        tell(left, failures, now: now)
        faults = left.map { InterfaceFault(kind: $0.kind, description: "\(interface.name) \($0)") }
    }

    private func differences() throws(ServiceError) -> [InterfaceDifference] {
        guard exists() else { throw gone("was removed by another program") }
        let state: InterfaceState?
        do { state = try interface.state() } catch {
            logger.debug("the interface cannot be looked at: \(error)")
            return []
        }
        guard let state else { throw gone("was moved to another network namespace by another program") }
        if state.name != interface.name {
            logger.notice("another program renamed the interface \(interface.name): it is called \(state.name) now")
            interface.rename(state.name)
        }
        return interface.wanted.differences(from: state)
    }

    private func gone(_ what: String) -> ServiceError {
        ServiceError("the interface \(interface.name) \(what)", remedy: "start the \(role) again")
    }

    /// Whether a difference is put right now; if not, the host is looked at again when it is.
    private func isDue(_ difference: InterfaceDifference, now: ProtocolInstant) -> Bool {
        let since = seen[difference] ?? now
        seen[difference] = since
        guard let later = pace.nextAttempt(difference.kind, now: now) ?? waiting(difference, since, now) else {
            return true
        }
        nextLook = .earlier(nextLook, later)
        return false
    }

    private func waiting(
        _ difference: InterfaceDifference,
        _ since: ProtocolInstant,
        _ now: ProtocolInstant
    ) -> ProtocolInstant? {
        since + difference.patience > now ? since + difference.patience : nil
    }

    private func tell(_ restored: [InterfaceDifference]) {
        restorations += UInt64(restored.count)
        for difference in restored where difference != .linkLocalAddress {
            told.remove(difference)
            let remark = pace.isContested(difference.kind) ? "; this happens again and again" : ""
            logger.notice("another program changed the interface: \(interface.name) \(difference); put back\(remark)")
        }
    }

    /// Says what is wrong, once for each thing.
    private func tell(
        _ left: [InterfaceDifference],
        _ failures: [InterfaceDifference: String],
        now: ProtocolInstant
    ) {
        told.formIntersection(left)
        for difference in left where told.insert(difference).inserted {
            let what = "another program changed the interface: \(interface.name) \(difference)"
            if let reason = failures[difference] {
                logger.warning("\(what), and this cannot be put back: \(reason)")
            } else if let next = pace.nextAttempt(difference.kind, now: now) {
                let pause = (next - now).components.seconds + 1
                logger.warning("\(what) again and again; it is put back in \(pause) s")
            } else {
                logger.warning("\(what)")
            }
        }
    }

    private static func remedy(_ difference: InterfaceDifference, _ name: String) -> String {
        switch difference {
        case .ipv6Disabled: KernelSetting.disabledIPv6Remedy(interface: name)
        default: "the kernel took the change, and it had no effect"
        }
    }

    /// How often the host is looked at although nothing was heard.
    static let routine = Duration.seconds(30)
    private static let rounds = 4
}
