import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// A thread with a queue of the interface and a socket of its own, which moves packets on direct paths.
final class PathWorker: @unchecked Sendable {
    let state: PathWorkerState
    private let tunnel: Tunnel<PathWorkerMachine>

    private enum Token {
        static let socket: UInt64 = 0
        static let queue: UInt64 = 1
    }

    /// Opens queue and socket, with the addresses that answers leave from as all threads know them; the thread runs from
    /// ``start(name:)`` on.
    init(
        _ state: PathWorkerState,
        interface: borrowing TUNDevice,
        endpoint: UDPEndpoint,
        offloads: Set<Offload>,
        answeringFrom addresses: AnsweringAddresses?,
        by binder: @escaping UDPSocket.Binder,
        enlargeBuffers: (CInt) -> Void
    ) throws(ServiceError) {
        self.state = state
        let queue: TUNDevice
        do { queue = try TUNDevice(anotherQueueOf: interface) } catch { throw ServiceError(error) }
        let socket = try ServicePort.share(endpoint, option: "--bind", by: binder)
        enlargeBuffers(socket.descriptor)
        tunnel = try Tunnel(
            PathWorkerMachine(state),
            interface: queue,
            socket: socket,
            offloads: offloads,
            answeringFrom: addresses
        )
    }

    /// Datagrams that the kernel dropped at the worker's socket; for the driver's thread.
    var receiveDrops: UInt64 { tunnel.receiveDrops }

    /// Starts the thread.
    func start(name: String) throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in
            try state.thread.watch(tunnel.socket.descriptor, token: Token.socket)
            try state.thread.watch(tunnel.interface.descriptor, token: Token.queue)
            try state.thread.start(name: name, self)
        }
    }

    /// Ends the thread and waits for it.
    func stop() { state.thread.stop() }
}

extension PathWorker: EventLoopThread.Work {
    func beginTurn() { tunnel.machine.synchronize() }

    func handle(token: UInt64) {
        if token == Token.socket { tunnel.receiveDatagrams() } else { _ = tunnel.receivePackets() }
    }

    func endTurn() {
        if state.hasHandover {
            state.hasHandover = false
            state.doorbell.ring()
        }
        tunnel.machine.synchronize()
        state.publish(tunnel.systemCounters)
    }
}
