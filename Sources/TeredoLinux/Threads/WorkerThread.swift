import CTeredoLinux
import Glibc

/// A thread of the system for one endless piece of work; it is waited for with ``join()``.
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
            errno = result
            throw SystemError("pthread_create", name)
        }
    }

    /// Waits until the thread has ended.
    package func join() { pthread_join(thread, nil) }
}
