import Foundation
package import Synchronization
package import TeredoControl
import TeredoLinux
import TeredoWire

/// A control socket with an event loop on a thread of its own, as a running role has it.
package final class ControlHost: Sendable {
    /// The path of the socket.
    package let path: String
    private let isStopping = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)
    private let events = Mutex<[ControlEvent]>([])
    /// How many subscribers were hung up on.
    package let dropped = Atomic(0)
    /// How many pings are under way.
    package let pings = Atomic(0)

    /// Begins to serve at `path`, which is one that nobody else uses unless given.
    package init(path: String? = nil) throws {
        let path = path ?? FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)/role.sock"
        self.path = path
        let server = try Served(ControlServer(path: path, firstToken: 2, openEcho: EchoSample.open))
        Thread.detachNewThread { [self] in
            server.run {
                dropped.store($0.droppedSubscribers, ordering: .relaxed)
                pings.store($0.pingCount, ordering: .relaxed)
                return isStopping.load(ordering: .relaxed)
                    ? nil
                    : events.withLock { events in
                        defer { events = [] }
                        return events
                    }
            }
            hasEnded.signal()
        }
    }

    /// Has the thread tell the subscribers.
    package func publish(_ new: [ControlEvent]) { events.withLock { $0 += new } }

    /// Ends the thread, and removes the socket with its folder.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        hasEnded.wait()
        try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// The server on its way to the thread that owns it.
    private final class Served: @unchecked Sendable {
        private var server: ControlServer?
        private var loop: EventLoop

        init(_ server: ControlServer) throws {
            self.server = server
            loop = try EventLoop()
            try loop.add(server.descriptor, token: 1)
        }

        /// Serves, and tells the subscribers what `next` gives, until it gives `nil`.
        func run(_ next: (ControlServer) -> [ControlEvent]?) {
            while let server, let events = next(server) {
                for event in events { server.publish(event, in: &loop) }
                for position in 0..<loop.wait(until: MonotonicClock.now + .milliseconds(10)) {
                    let token = loop.token(position)
                    if token == 1 {
                        server.accept(into: &loop)
                    } else if let ended = server.serve(token, from: ControlSample()) {
                        loop.remove(ended)
                        server.end(token)
                    }
                    server.watchPings(in: &loop)
                }
                server.handleTimeout(from: ControlSample())
            }
            server = nil
        }
    }
}
