import Foundation
import Synchronization
import TeredoLinux
import TeredoService

/// A control socket with an event loop on a thread of its own, as a running role has it.
final class ControlHost: Sendable {
    let path: String
    private let isStopping = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(path: String = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)/role.sock") throws {
        self.path = path
        let server = try Served(ControlServer(path: path, firstToken: 2))
        Thread.detachNewThread { [self] in
            server.run { isStopping.load(ordering: .relaxed) }
            hasEnded.signal()
        }
    }

    func stop() {
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

        func run(until isStopping: () -> Bool) {
            while let server, !isStopping() {
                for position in 0..<loop.wait(until: MonotonicClock.nanoseconds + 10_000_000) {
                    let token = loop.token(position)
                    if token == 1 {
                        server.accept(into: &loop)
                    } else {
                        server.serve(token, in: &loop, from: ControlSample())
                    }
                }
            }
            server = nil
        }
    }
}
