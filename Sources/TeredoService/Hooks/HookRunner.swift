package import Logging
import Synchronization
import TeredoHost
package import TeredoLinux
package import TeredoWire

/// Runs a program of the operator when the interface goes up or down: one call after the other, on a thread of its own.
///
/// The packets never wait for it.
package final class HookRunner: Sendable {
    private let program: any HookExecuting
    private let interface: NetworkInterface
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var pending: [HookCall] = []
        var thread: WorkerThread?
        var isRunning = false
        var current: HookCall.Configuration?
        var lastLoss: HookCall?
    }

    /// Runs `program` for this interface.
    package init(_ program: any HookExecuting, interface: NetworkInterface, logger: Logger) {
        self.program = program
        self.interface = interface
        self.logger = logger
    }

    /// Has `process` run the hook, or starts one for it; `nil` when there is no hook.
    convenience init?(
        path: String?,
        process: HookProcess?,
        interface: NetworkInterface,
        logger: Logger
    ) throws(ServiceError) {
        guard let path else { return nil }
        let process = if let process { process } else { try HookProcess(path: path, interface: interface.name) }
        self.init(process, interface: interface, logger: logger)
    }

    /// The interface has an address from now on, or another MTU.
    package func up(address: IPv6Address?, mtu: Int) {
        let configuration = HookCall.Configuration(address: address, mtu: mtu)
        let previous = state.withLock { state in
            defer { state.current = configuration }
            return state.current
        }
        run(HookCall(.up, interface, current: configuration, previous: previous))
    }

    /// The interface has lost what it had.
    package func down() {
        let loss = state.withLock { state -> HookCall? in
            guard let previous = state.current else { return nil }
            let loss = HookCall(.down, interface, current: nil, previous: previous)
            state.current = nil
            state.lastLoss = loss
            return loss
        }
        if let loss { run(loss) }
    }

    /// Tells the hook that the role ends, and waits for it.
    package func close() {
        down()
        let previous = state.withLock { state in
            // An interface that goes away now need not be told of its way up.
            state.pending.removeAll { $0.event == .up }
            return state.lastLoss?.previous
        }
        run(HookCall(.destroy, interface, current: nil, previous: previous))
        while let thread = state.withLock({ $0.thread }) {
            thread.join()
            state.withLock { if $0.thread === thread { $0.thread = nil } }
        }
    }

    private static let queueLimit = 8

    private func run(_ call: HookCall) {
        let (mustStart, last) = state.withLock { state in
            if state.pending.count == Self.queueLimit {
                state.pending.removeFirst()
                logger.warning("the hook \(program.path) is too slow: a call is skipped")
            }
            state.pending.append(call)
            guard !state.isRunning else { return (false, WorkerThread?.none) }
            state.isRunning = true
            defer { state.thread = nil }
            return (true, state.thread)
        }
        guard mustStart else { return }
        // It has nothing left to do, so this does not wait.
        last?.join()
        do {
            let thread = try WorkerThread(name: "hook") { self.runPending() }
            state.withLock { $0.thread = thread }
        } catch {
            logger.warning("the hook \(program.path) cannot be run: \(error)")
            state.withLock { state in
                state.isRunning = false
                state.pending = []
            }
        }
    }

    private func runPending() {
        while true {
            let next = state.withLock { state -> HookCall? in
                guard !state.pending.isEmpty else {
                    state.isRunning = false
                    return nil
                }
                return state.pending.removeFirst()
            }
            guard let next else { return }
            execute(next)
        }
    }

    private func execute(_ call: HookCall) {
        let subject = "the hook \(program.path) (\(call.event.rawValue))"
        if let problem = program.execute(call) {
            logger.warning("\(subject) \(problem)")
        } else {
            logger.debug("\(subject) ended")
        }
    }
}
