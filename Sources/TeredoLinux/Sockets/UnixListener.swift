import CTeredoLinux
import Glibc

/// A listening UNIX socket; its file is removed with this value.
package struct UnixListener: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor
    /// Given up for a moment to turn a connection away when the process may have no further descriptor; a connection that
    /// stays in the queue would keep the listener readable, and its event loop awake.
    private var reserve: OwnedFileDescriptor?
    /// The path of the socket file.
    package let path: String

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Listens at `path` with mode 0660; a file left by a dead process is replaced.
    package init(path: String) throws(SystemError) {
        guard path.utf8.count <= Int(TEREDO_UNIX_PATH_LENGTH) else {
            throw SystemError("bind", "control socket \(path)", code: ENAMETOOLONG)
        }
        let subject = "control socket \(path)"
        try Self.removeStale(path)
        let owned = try OwnedFileDescriptor(teredo_socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket", subject)
        let mask = umask(0o117)
        defer { _ = umask(mask) }
        guard unsafe teredo_bind_unix(owned.rawValue, path) == 0 else {
            throw SystemError("bind", subject, remedy: "choose another path with --control-socket")
        }
        guard listen(owned.rawValue, 16) == 0 else { throw SystemError("listen", subject) }
        self.owned = owned
        self.path = path
        reserve = Self.reserved()
    }

    deinit {
        unsafe unlink(path)
    }

    /// Lets the members of a group connect too.
    ///
    /// The folder may belong to somebody who puts something else in the place of the socket: only what is opened and found to be a
    /// socket of this user is given away, and no link is followed.
    package func share(withGroup group: SystemGroup) throws(SystemError) {
        let subject = "control socket \(path)"
        let file = try OwnedFileDescriptor(unsafe teredo_open_place(AT_FDCWD, path, 0), "open", subject)
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw SystemError("fstat", subject) }
        // One with another name is somebody else's of the same user, linked to this place.
        guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid(), status.st_nlink == 1 else {
            throw SystemError(
                "fchownat",
                subject,
                code: ESTALE,
                remedy: "something else took its place; choose a folder that only this user may write to"
            )
        }
        guard teredo_give_to_group(file.rawValue, group.identifier) == 0 else {
            throw SystemError(
                "fchownat",
                subject,
                remedy: "only root may give it to the group \(group.name), of which this user is not a member"
            )
        }
    }

    /// Accepts a waiting connection; `nil` when there is none, or when one was turned away for want of descriptors.
    package mutating func accept() -> UnixStream? {
        let descriptor = teredo_accept(descriptor)
        if descriptor < 0, errno == EMFILE || errno == ENFILE { turnAway() }
        guard descriptor >= 0, let owned = try? OwnedFileDescriptor(descriptor, "accept4", path) else { return nil }
        return UnixStream(owned)
    }

    private mutating func turnAway() {
        reserve = nil
        _ = try? OwnedFileDescriptor(teredo_accept(descriptor), "accept4", path)
        reserve = Self.reserved()
    }

    private static func reserved() -> OwnedFileDescriptor? {
        unsafe try? OwnedFileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC), "open", "/dev/null")
    }

    private static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError(
                "bind",
                "control socket \(path)",
                code: EEXIST,
                remedy: "the file is not a socket; remove it"
            )
        }
        let probe = try OwnedFileDescriptor(teredo_socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket", path)
        let isAnswered = unsafe teredo_connect_unix(probe.rawValue, path) == 0
        if isAnswered || errno == EAGAIN {
            throw SystemError(
                "bind",
                "control socket \(path)",
                code: EADDRINUSE,
                remedy: "another role is listening there; stop it or choose another path with --control-socket"
            )
        }
        // Only a socket that nobody listens on is stale; what cannot be asked is somebody else's.
        guard errno == ECONNREFUSED else {
            throw SystemError(
                "connect",
                "control socket \(path)",
                remedy: "the socket there belongs to another program; choose another path with --control-socket"
            )
        }
        unsafe unlink(path)
    }
}
