import Synchronization
import TeredoLinux
import TeredoProtocol

/// What a worker thread and the driver's thread share.
final class PathWorkerState: @unchecked Sendable {
    let table: PathTable
    let activity: PathActivity
    let handover = Handover()
    /// Tells the driver that something was handed over; one for all workers.
    let doorbell: WakeUp
    /// Tells the worker to look up: rules changed, or it is to end.
    let wakeUp: WakeUp
    /// Whether something was handed over since the doorbell was last rung; the worker's alone.
    var hasHandover = false

    private let published = Mutex<PathTraffic>(PathTraffic())
    private let system = Mutex<SystemCounters>(SystemCounters())
    private let currentRules = Mutex<PathRules?>(nil)
    private let version = Atomic<UInt64>(0)
    private let stopping = Atomic<Bool>(false)

    init(table: PathTable, doorbell: WakeUp) throws(ServiceError) {
        self.table = table
        self.doorbell = doorbell
        activity = try PathActivity(capacity: table.capacity)
        wakeUp = try ServiceError.wrapping { () throws(SystemError) in try WakeUp() }
    }

    /// What the worker has moved.
    var traffic: PathTraffic { published.withLock { $0 } }
    /// What the system refused to the worker.
    var systemCounters: SystemCounters { system.withLock { $0 } }

    func publish(_ traffic: PathTraffic) { published.withLock { $0 = traffic } }
    func publish(_ counters: SystemCounters) { system.withLock { $0 = counters } }

    /// The rules in force.
    var rules: PathRules? { currentRules.withLock { $0 } }
    var rulesVersion: UInt64 { version.load(ordering: .acquiring) }

    /// Puts other rules in force.
    func setRules(_ rules: PathRules?) {
        currentRules.withLock { $0 = rules }
        version.add(1, ordering: .releasing)
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Asks the worker to end.
    func stop() {
        stopping.store(true, ordering: .releasing)
        wakeUp.ring()
    }
}
