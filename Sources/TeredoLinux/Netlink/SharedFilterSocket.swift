import CTeredoLinux
import Glibc

/// A socket for packet filters that another process makes its filter with, and that this one holds as well: the filter stands until both
/// have gone, so that whoever kills one of them does not open the interface of the other.
///
/// It stays open for as long as this process: whatever thread hands packets to the host has ended by then. What is asked through it takes the
/// capability of who asks.
package struct SharedFilterSocket {
    /// The descriptor, with a number that can be given to a child.
    package let descriptor: CInt

    /// Opens one.
    ///
    /// - Throws: `SystemError` where there are no packet filters.
    package init() throws(SystemError) {
        let socket = try OwnedFileDescriptor(teredo_netfilter_socket(), "socket", FilterSocket.subject)
        // Above those of the interface, so that the kernel closes it after them.
        descriptor = fcntl(socket.rawValue, F_DUPFD_CLOEXEC, 64)
        guard descriptor >= 0 else { throw SystemError("fcntl", FilterSocket.subject) }
    }
}
