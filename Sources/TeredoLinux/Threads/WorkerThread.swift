import CTeredoLinux
import Glibc
import Synchronization

/// A thread of the system for one piece of work; whoever wants to know that it has ended waits with ``join()``.
package final class WorkerThread: @unchecked Sendable {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
        func start() {
            unsafe teredo_name_thread(name)
            run()
        }
    }

    private var thread = pthread_t()
    private let isJoined = Atomic<Bool>(false)

    /// Starts a thread with a name of at most 15 octets.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let argument = unsafe Unmanaged.passRetained(Body(name, body))
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().start()
                return nil
            },
            argument.toOpaque()
        )
        guard result == 0 else {
            unsafe argument.release()
            throw SystemError("pthread_create", "thread \(name)", code: result)
        }
    }

    deinit {
        // Nobody waits for it any more: the system forgets the thread as soon as it has ended.
        if !isJoined.load(ordering: .relaxed) { _ = pthread_detach(thread) }
    }

    /// Waits until the thread has ended; only the first call waits.
    package func join() {
        guard !isJoined.exchange(true, ordering: .relaxed) else { return }
        pthread_join(thread, nil)
    }
}
