import Synchronization

/// A thread with an event loop of its own, which other threads can wake and end.
package final class EventLoopThread: @unchecked Sendable {
    /// What the thread does.
    package protocol Work: Sendable {
        /// Begins a turn of the loop, when something is ready or ``EventLoopThread/wake()`` was called.
        func beginTurn()
        /// Serves a descriptor that is ready.
        func handle(token: UInt64)
        /// Ends a turn, before the thread waits again.
        func endTurn()
    }

    private var loop: EventLoop
    private let wakeUp: WakeUp
    private let isStopping = Atomic<Bool>(false)
    private var thread: WorkerThread?

    /// Prepares a thread; it runs from ``start(name:_:)`` on.
    package init() throws(SystemError) {
        loop = try EventLoop()
        wakeUp = try WakeUp()
        try loop.add(wakeUp.descriptor, token: Self.wakeUpToken)
    }

    /// Has the thread wait for input of a descriptor too.
    ///
    /// Call it before ``start(name:_:)``; `token` is any number but the two highest.
    package func watch(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        try loop.add(descriptor, token: token)
    }

    /// Starts the thread with a name of at most 15 octets; call it once.
    package func start(name: String, _ work: any Work) throws(SystemError) {
        thread = try WorkerThread(name: name) { [self] in run(work) }
    }

    /// Has the thread take a turn although no descriptor is ready.
    package func wake() { wakeUp.ring() }

    /// Ends the thread, waits for that, and lets go of its work, with the descriptors that this may have.
    package func stop() {
        isStopping.store(true, ordering: .releasing)
        wakeUp.ring()
        thread?.join()
        thread = nil
    }

    private func run(_ work: some Work) {
        while !isStopping.load(ordering: .acquiring) {
            let count = loop.wait(until: nil)
            work.beginTurn()
            for position in 0..<count {
                let token = loop.token(position)
                if token == Self.wakeUpToken { wakeUp.silence() } else { work.handle(token: token) }
            }
            work.endTurn()
        }
    }

    private static let wakeUpToken = EventLoop.timerToken - 1
}

extension EventLoopThread.Work {
    /// Does nothing.
    package func beginTurn() {}
    /// Does nothing.
    package func endTurn() {}
}
