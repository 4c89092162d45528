import CTeredoLinux
import Glibc

/// A socket for packet filters that another process makes its filter with, and that this one holds as well: the filter stands until both
/// have gone, so that whoever kills one of them does not open the interface of the other.
///
/// What is asked through it takes the capability of who asks.
package final class SharedFilterSocket {
    private let owned: OwnedFileDescriptor

    /// The descriptor, with a number that can be given to a child.
    package var descriptor: CInt { owned.rawValue }

    /// Opens one; throws where there are no packet filters.
    package init() throws(SystemError) {
        let socket = try OwnedFileDescriptor(teredo_netfilter_socket(), "socket", FilterSocket.subject)
        owned = try OwnedFileDescriptor(fcntl(socket.rawValue, F_DUPFD_CLOEXEC, 64), "fcntl", FilterSocket.subject)
    }
}
