package import TeredoLinux
package import TeredoWire

/// Sends one echo request to one address, and tells what comes of it.
package protocol PingEcho: AnyObject {
    /// The descriptor, for the event loop.
    var descriptor: CInt { get }
    /// Sends the request; returns why it could not leave.
    func send() -> EchoRefusal?
    /// What came of it so far, without waiting.
    func receive() -> EchoSocket.Arrival?
}

/// The kernel's echo requests and replies.
package final class KernelEcho: PingEcho {
    private let socket: EchoSocket

    /// Opens a socket towards `address`, whose requests are told from those of others by a random number.
    package init(to address: IPv6Address) throws(SystemError) {
        var generator = SystemRandomNumberGenerator()
        socket = try EchoSocket(to: address, token: generator.next())
    }

    /// Opens a socket towards `address`.
    package static func open(_ address: IPv6Address) throws(SystemError) -> any PingEcho { try Self(to: address) }

    package var descriptor: CInt { socket.descriptor }

    package func send() -> EchoRefusal? { send(sequence: 1) }

    package func receive() -> EchoSocket.Arrival? { receive(until: MonotonicClock.now) }

    /// Sends the request with this number.
    package func send(sequence: UInt16) -> EchoRefusal? { socket.send(sequence: sequence) }

    /// Waits until `deadline` for what comes of any request.
    package func receive(until deadline: ProtocolInstant) -> EchoSocket.Arrival? { socket.receive(until: deadline) }
}
