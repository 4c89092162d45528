import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// A thread with a queue of the interface and a socket of its own, which moves packets on direct paths.
final class PathWorker: @unchecked Sendable {
    let state: PathWorkerState
    private let tunnel: Tunnel<PathWorkerMachine>
    private var thread: WorkerThread?

    private enum Token {
        static let socket: UInt64 = 0
        static let queue: UInt64 = 1
        static let wakeUp: UInt64 = 2
    }

    /// Opens queue and socket; the thread runs from ``start(name:)`` on.
    init(
        _ state: PathWorkerState,
        interface: borrowing TUNDevice,
        endpoint: UDPEndpoint,
        offloads: Set<Offload>
    ) throws(ServiceError) {
        self.state = state
        let queue: TUNDevice
        do { queue = try TUNDevice(anotherQueueOf: interface) } catch { throw ServiceError(error) }
        let socket = try ServicePort.share(endpoint, option: "--bind")
        tunnel = try Tunnel(PathWorkerMachine(state), interface: queue, socket: socket, offloads: offloads)
    }

    /// Starts the thread.
    func start(name: String) throws(ServiceError) {
        let box = LoopBox(try ServiceError.wrapping { () throws(SystemError) in try EventLoop() })
        try box.watch(tunnel.socket.descriptor, Token.socket)
        try box.watch(tunnel.interface.descriptor, Token.queue)
        try box.watch(state.wakeUp.descriptor, Token.wakeUp)
        thread = try ServiceError.wrapping { () throws(SystemError) in
            try WorkerThread(name: name) { [self] in run(box) }
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        state.stop()
        thread?.join()
    }

    private final class LoopBox: @unchecked Sendable {
        var loop: EventLoop
        init(_ loop: consuming EventLoop) { self.loop = loop }

        func watch(_ descriptor: CInt, _ token: UInt64) throws(ServiceError) {
            do { try loop.add(descriptor, token: token) } catch { throw ServiceError(error) }
        }
    }

    private func run(_ box: LoopBox) {
        while !state.isStopping {
            let count = box.loop.wait(until: nil)
            tunnel.machine.synchronize()
            for position in 0..<count {
                switch box.loop.token(position) {
                case Token.socket: tunnel.receiveDatagrams()
                case Token.queue: _ = tunnel.receivePackets()
                default: state.wakeUp.silence()
                }
            }
            if state.hasHandover {
                state.hasHandover = false
                state.doorbell.ring()
            }
            tunnel.machine.synchronize()
            state.publish(tunnel.systemCounters)
        }
    }
}
