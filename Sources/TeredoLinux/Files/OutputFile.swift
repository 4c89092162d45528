import CTeredoLinux
import Glibc
import TeredoWire

/// A file that is written from its beginning, readable for its owner only; or standard output.
///
/// Root may be asked to write into a folder of others, so nothing but an own, plain file is opened.
package struct OutputFile: ~Copyable, Sendable {
    /// Why a file could not be opened.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        /// The system refused.
        case system(code: CInt)
        /// The path is a symbolic link.
        case symbolicLink
        /// The path names a directory, a device or the like.
        case notAFile
        /// The file has another name as well.
        case linked
        /// The file belongs to another user.
        case foreign
        /// Standard output is a terminal.
        case terminal

        package var description: String {
            switch self {
            case .system(let code): "cannot be written: \(unsafe String(cString: strerror(code)))"
            case .symbolicLink: "is a symbolic link, which is not followed"
            case .notAFile: "is not a regular file"
            case .linked: "has another name (a hard link), whose contents would change as well"
            case .foreign: "belongs to another user"
            case .terminal: "is a terminal"
            }
        }
    }

    /// What a pipe that has room takes without blocking (PIPE_BUF).
    private static let pipeChunk = 4_096
    private let owned: OwnedFileDescriptor
    private let path: String

    /// Makes or empties the file at `path`; '-' means standard output.
    package init(path: String) throws(Failure) {
        let owned = try Self.open(path)
        if path == "-" {
            guard isatty(owned.rawValue) == 0 else { throw .terminal }
        } else {
            try Self.takeOver(owned.rawValue)
        }
        self.owned = owned
        self.path = path
    }

    private static func open(_ path: String) throws(Failure) -> OwnedFileDescriptor {
        // Without O_TRUNC: nothing changes before the file is known to be ours. O_NONBLOCK: a pipe has no reader yet.
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = path == "-" ? fcntl(1, F_DUPFD_CLOEXEC, 3) : unsafe Glibc.open(path, flags, 0o600)
        do {
            return try OwnedFileDescriptor(descriptor, "open", path)
        } catch {
            switch error.code {
            case ELOOP: throw .symbolicLink
            case ENXIO, EISDIR: throw .notAFile
            default: throw .system(code: error.code)
            }
        }
    }

    private static func takeOver(_ descriptor: CInt) throws(Failure) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        guard status.st_uid == geteuid() else { throw .foreign }
        guard status.st_nlink == 1 else { throw .linked }
        guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else { throw .system(code: errno) }
    }

    /// Appends octets; `false` when the reader of a pipe did not take them before `isWanted` said no.
    package func write(_ bytes: [UInt8], while isWanted: () -> Bool) throws(SystemError) -> Bool {
        var offset = 0
        while offset < bytes.count {
            var count = bytes.count - offset
            if path == "-" {
                let moment = MonotonicClock.now + .milliseconds(100)
                guard owned.wait(for: POLLOUT, until: moment) == .ready else {
                    guard isWanted() else { return false }
                    continue
                }
                count = min(count, Self.pipeChunk)
            }
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(owned.rawValue, buffer.baseAddress?.advanced(by: offset), count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw SystemError("write", path, remedy: "what was already written is kept") }
            offset += written
        }
        return true
    }
}
