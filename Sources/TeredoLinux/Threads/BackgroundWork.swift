import Synchronization

/// Work that would block an event loop, done on threads of its own; the loop hears of the results.
package final class BackgroundWork<Result: Sendable>: Sendable {
    private let name: String
    private let wakeUp: WakeUp
    private let results = Mutex<[Result]>([])

    /// Prepares work on threads with a name of at most 15 octets.
    package init(name: String) throws(SystemError) {
        self.name = name
        wakeUp = try WakeUp()
    }

    /// The descriptor that becomes readable when a result is there.
    package var descriptor: CInt { wakeUp.descriptor }

    /// Starts a piece of work beside those that are under way; `failure` is the result where no thread can be had.
    package func start(_ work: @escaping @Sendable () -> Result, orElse failure: Result) {
        do {
            _ = try WorkerThread(name: name) { [self] in finish(work()) }
        } catch {
            finish(failure)
        }
    }

    /// The results that came since the last call.
    package func takeResults() -> [Result] {
        wakeUp.silence()
        return results.withLock { results in
            defer { results = [] }
            return results
        }
    }

    private func finish(_ result: Result) {
        results.withLock { $0.append(result) }
        wakeUp.ring()
    }
}
