import Synchronization
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol

/// What a worker thread and the driver's thread share.
final class PathWorkerState: @unchecked Sendable {
    /// What the worker goes by; the driver replaces it, and the worker looks for another one with each batch.
    struct Plan: Sendable {
        var table: PathTable
        var activity: PathActivity
        var rules: PathRules?
    }

    let handover = Handover()
    /// Tells the driver that something was handed over; one for all workers.
    let doorbell: WakeUp
    /// The thread of the worker; it is woken to look up when the plan changed.
    let thread: EventLoopThread
    /// Whether something was handed over since the doorbell was last rung; the worker's alone.
    var hasHandover = false

    private let published = Mutex<PathTraffic>(PathTraffic())
    private let system = Mutex<SystemCounters>(SystemCounters())
    private let current: Mutex<Plan>
    private let version = Atomic<UInt64>(0)

    init(table: PathTable, countsOctets: Bool, doorbell: WakeUp) throws(ServiceError) {
        self.doorbell = doorbell
        let activity = try PathActivity(capacity: table.capacity, countsOctets: countsOctets)
        current = Mutex(Plan(table: table, activity: activity))
        thread = try ServiceError.wrapping { () throws(SystemError) in try EventLoopThread() }
    }

    /// What the worker has moved.
    var traffic: PathTraffic { published.withLock { $0 } }
    /// What the system refused to the worker.
    var systemCounters: SystemCounters { system.withLock { $0 } }

    func publish(_ traffic: PathTraffic) { published.withLock { $0 = traffic } }
    func publish(_ counters: SystemCounters) { system.withLock { $0 = counters } }

    /// What the worker is to go by.
    var plan: Plan { current.withLock { $0 } }
    /// What the worker noted about the paths of the plan.
    var activity: PathActivity { plan.activity }
    var planVersion: UInt64 { version.load(ordering: .acquiring) }

    /// Puts other rules in force.
    func setRules(_ rules: PathRules?) {
        current.withLock { $0.rules = rules }
        version.add(1, ordering: .releasing)
    }

    /// Has the worker use another table, and note what it does elsewhere.
    func setTable(_ table: PathTable, _ activity: PathActivity) {
        current.withLock {
            $0.table = table
            $0.activity = activity
        }
        version.add(1, ordering: .releasing)
        thread.wake()
    }
}
