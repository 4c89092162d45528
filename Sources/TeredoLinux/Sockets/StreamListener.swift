import CTeredoLinux
import Glibc

/// A listening TCP socket.
package struct StreamListener: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor
    /// Given up for a moment to turn a connection away when the process may have no further descriptor, as in ``UnixListener``.
    private var reserve: OwnedFileDescriptor?
    /// Where it listens, with the port that the system chose.
    package let endpoint: StreamEndpoint

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Listens at `endpoint`.
    package init(_ endpoint: StreamEndpoint) throws(SystemError) {
        let subject = "TCP \(endpoint)"
        let owned = try OwnedFileDescriptor(teredo_stream_socket(endpoint.isIPv4 ? 0 : 1), "socket", subject)
        guard unsafe endpoint.call(owned.rawValue, teredo_bind_ipv4, teredo_bind_ipv6) == 0 else {
            throw SystemError("bind", subject)
        }
        guard listen(owned.rawValue, 128) == 0 else { throw SystemError("listen", subject) }
        self.endpoint = StreamEndpoint(endpoint.address, port: teredo_local_port(owned.rawValue))
        self.owned = owned
        reserve = Self.reserved()
    }

    /// Accepts a waiting connection; `nil` when there is none, or when one was turned away for want of descriptors.
    package mutating func accept() -> ByteStream? {
        let descriptor = teredo_accept(owned.rawValue)
        if descriptor < 0, errno == EMFILE || errno == ENFILE { turnAway() }
        guard descriptor >= 0, let owned = try? OwnedFileDescriptor(descriptor, "accept4", "TCP") else { return nil }
        teredo_send_at_once(owned.rawValue)
        return ByteStream(owned)
    }

    private mutating func turnAway() {
        reserve = nil
        _ = try? OwnedFileDescriptor(teredo_accept(owned.rawValue), "accept4", "TCP")
        reserve = Self.reserved()
    }

    private static func reserved() -> OwnedFileDescriptor? {
        unsafe try? OwnedFileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC), "open", "/dev/null")
    }
}
