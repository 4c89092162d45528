import Synchronization
import TeredoLinux

/// How a server hands on what its clients have for native hosts (RFC 4380 section 5.3.1); may be used from any thread.
///
/// A server of its own needs a socket that takes whole packets, and CAP_NET_RAW for it. One that shares a process with a relay puts them
/// into the relay's interface, from where the host forwards them as it does the packets of the relay.
final class NativeWay: Sendable {
    private let socket: RawIPv6Socket?
    private let queue: Mutex<TUNQueue?>

    /// A socket of its own; throws when the kernel gives none.
    init() throws(SystemError) {
        socket = try RawIPv6Socket()
        queue = Mutex(nil)
    }

    /// An interface that is still to be made: until ``open(_:)`` nothing is handed on.
    init(throughInterface: Void) {
        socket = nil
        queue = Mutex(nil)
    }

    /// The way of another thread: this one where threads can share it, otherwise a new one, or `nil` when the kernel gives none.
    var another: NativeWay? { socket == nil ? self : try? NativeWay() }

    /// Hands packets on through the interface of this queue from now on.
    func open(_ queue: consuming TUNQueue) {
        var queue = Optional(queue)
        self.queue.withLock { $0 = queue.take() }
    }

    /// Hands on a packet of at least 40 octets; returns `false` when the kernel refused it.
    func send(_ packet: Span<UInt8>) -> Bool {
        socket?.send(packet) ?? queue.withLock { queue in queue?.write(packet) ?? false }
    }
}
