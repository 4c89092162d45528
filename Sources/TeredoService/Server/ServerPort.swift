import TeredoLinux
import TeredoWire

/// One of the ports of a server lane, with what is about to leave from it.
final class ServerPort {
    let socket: UDPSocket
    let outgoing = SendBatch()
    private var receiveDropMeter = ReceiveDropMeter()

    init(_ socket: consuming UDPSocket) { self.socket = socket }

    /// The descriptor, for the event loop.
    var descriptor: CInt { socket.descriptor }

    /// The endpoint that the port is bound to.
    var localEndpoint: UDPEndpoint { socket.localEndpoint }

    /// Datagrams that the kernel dropped at the port, as it says now; for the driver's thread.
    var receiveDrops: UInt64 { receiveDropMeter.read(socket) }

    /// Sends everything collected.
    func flush() {
        if outgoing.count > 0 { outgoing.flush(to: socket) }
    }
}
