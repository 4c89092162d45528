import TeredoHost
import TeredoLinux
import TeredoProtocol

/// A thread that runs a lane of a server.
final class ServerLaneThread: Sendable {
    private let lane: ServerLane
    private let thread: EventLoopThread

    private enum Token {
        static let primary: UInt64 = 0
        static let secondary: UInt64 = 1
    }

    /// Prepares a thread; it runs from ``start(name:)`` on.
    init(_ lane: ServerLane) throws(ServiceError) {
        self.lane = lane
        thread = try ServiceError.wrapping { () throws(SystemError) in
            let thread = try EventLoopThread()
            try thread.watch(lane.primary.descriptor, token: Token.primary)
            if let secondary = lane.secondary {
                try thread.watch(secondary.descriptor, token: Token.secondary)
            }
            return thread
        }
    }

    /// What the lane did.
    var counters: ServerLane.Counters { lane.counters }

    /// Has the lane go on with other settings.
    func adopt(_ configuration: ServerConfiguration) throws(ServiceError) { try lane.adopt(configuration) }

    /// Starts the thread.
    func start(name: String) throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in try thread.start(name: name, self) }
    }

    /// Ends the thread and waits for it.
    func stop() { thread.stop() }
}

extension ServerLaneThread: EventLoopThread.Work {
    func handle(token: UInt64) { lane.receive(on: token == Token.primary ? .primary : .secondary) }
}
