import Synchronization
import TeredoHost
import TeredoLinux
import TeredoProtocol

/// A thread that runs a lane of a server.
final class ServerLaneThread: @unchecked Sendable {
    private let lane: ServerLane
    private let wakeUp: WakeUp
    private var loop: EventLoop
    private let stopping = Atomic<Bool>(false)
    private var thread: WorkerThread?

    private enum Token {
        static let primary: UInt64 = 0
        static let secondary: UInt64 = 1
        static let wakeUp: UInt64 = 2
    }

    /// Prepares a thread; it runs from ``start(name:)`` on.
    init(_ lane: ServerLane) throws(ServiceError) {
        self.lane = lane
        wakeUp = try ServiceError.wrapping { () throws(SystemError) in try WakeUp() }
        loop = try ServiceError.wrapping { () throws(SystemError) in try EventLoop() }
        try watch(lane.primary.descriptor, Token.primary)
        if let secondary = lane.secondary { try watch(secondary.descriptor, Token.secondary) }
        try watch(wakeUp.descriptor, Token.wakeUp)
    }

    /// What the lane did.
    var counters: ServerLane.Counters { lane.counters }

    /// Has the lane go on with other settings.
    func adopt(_ configuration: ServerConfiguration) throws(ServiceError) { try lane.adopt(configuration) }

    /// Starts the thread.
    func start(name: String) throws(ServiceError) {
        thread = try ServiceError.wrapping { () throws(SystemError) in
            try WorkerThread(name: name) { [self] in run() }
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        stopping.store(true, ordering: .releasing)
        wakeUp.ring()
        thread?.join()
    }

    private func watch(_ descriptor: CInt, _ token: UInt64) throws(ServiceError) {
        do { try loop.add(descriptor, token: token) } catch { throw ServiceError(error) }
    }

    private func run() {
        while !stopping.load(ordering: .acquiring) {
            for position in 0..<loop.wait(until: nil) {
                switch loop.token(position) {
                case Token.primary: lane.receive(on: .primary)
                case Token.secondary: lane.receive(on: .secondary)
                default: wakeUp.silence()
                }
            }
        }
    }
}
