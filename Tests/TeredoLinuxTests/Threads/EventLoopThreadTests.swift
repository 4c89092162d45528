import Synchronization
import TeredoLinux
import TeredoWire
import Testing

@Suite struct EventLoopThreadTests {
    /// Notes what the thread is told, in order, and rings for each turn that ended.
    private final class Recorder: EventLoopThread.Work {
        enum Step: Equatable {
            case begin
            case token(UInt64)
            case end
        }

        let steps = Mutex<[Step]>([])
        let turned: WakeUp
        let socket: UDPSocket

        init() throws {
            turned = try WakeUp()
            socket = try UDPSocket(bind: UDPEndpoint(IPv4Address(127, 0, 0, 1), 0))
        }

        func beginTurn() { steps.withLock { $0.append(.begin) } }
        func handle(token: UInt64) {
            steps.withLock { $0.append(.token(token)) }
            if let batch = try? ReceiveBatch(capacity: 1, slotLength: 64) { _ = socket.receive(into: batch) }
        }
        func endTurn() {
            steps.withLock { $0.append(.end) }
            turned.ring()
        }

        /// Waits for the end of a turn and returns the steps since the last call.
        func turn() throws -> [Step] {
            var loop = try EventLoop()
            try loop.add(turned.descriptor, token: 0)
            _ = loop.wait(until: MonotonicClock.now + .seconds(10))
            turned.silence()
            return steps.withLock { steps in
                defer { steps = [] }
                return steps
            }
        }
    }

    @Test("A thread serves what is ready, takes a turn when it is woken, and has ended when stop returns")
    func life() throws {
        let recorder = try Recorder()
        let thread = try EventLoopThread()
        try thread.watch(recorder.socket.descriptor, token: 7)
        try thread.start(name: "test", recorder)
        thread.wake()
        #expect(try recorder.turn() == [.begin, .end])
        let batch = SendBatch(capacity: 1)
        batch.append(copying: [1].span, to: recorder.socket.localEndpoint)
        batch.flush(to: recorder.socket)
        #expect(try recorder.turn() == [.begin, .token(7), .end])
        thread.stop()
        let last = recorder.steps.withLock { $0 }
        #expect(last.isEmpty || last == [.begin, .end], "the call to end may come between turns or wake the thread")
        thread.wake()
        thread.stop()
        #expect(recorder.steps.withLock { $0 } == last)
    }

    @Test("Work in the background never holds up who starts it, and every result comes once")
    func background() throws {
        let work = try BackgroundWork<Int>(name: "test")
        let gate = Mutex(())
        var loop = try EventLoop()
        try loop.add(work.descriptor, token: 3)
        // While the lock is held no piece of work can end.
        gate.withLock { _ in
            for number in 0..<8 { work.start({ gate.withLock { _ in number } }, orElse: -1) }
            #expect(work.takeResults().isEmpty)
        }
        var results: [Int] = []
        let deadline = MonotonicClock.now + .seconds(10)
        while results.count < 8, loop.tokens(until: deadline) == [3] { results += work.takeResults() }
        #expect(results.sorted() == Array(0..<8))
        #expect(work.takeResults().isEmpty && loop.tokens(until: MonotonicClock.now + .milliseconds(5)).isEmpty)
    }
}
