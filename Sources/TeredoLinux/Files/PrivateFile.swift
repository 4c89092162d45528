import CTeredoLinux
import Glibc

/// The contents of a file that should be private, with the owner and the permissions it had when it was read.
package struct PrivateFile: Hashable, Sendable {
    /// The octets of the file.
    package let contents: [UInt8]
    /// The permission bits, such as `0o600`.
    package let permissions: UInt32
    /// The number of the user whom it belongs to.
    package let owner: UInt32

    /// Why a file could not be read.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        /// The system refused.
        case system(code: CInt)
        /// The path names a directory, a device or the like.
        case notAFile
        /// The file is longer than the caller allows.
        case tooLong(limit: Int)

        /// Whether there is no such file.
        package var isMissing: Bool { self == .system(code: ENOENT) }

        package var description: String {
            switch self {
            case .system(let code): "cannot be read: \(unsafe String(cString: strerror(code)))"
            case .notAFile: "is not a regular file"
            case .tooLong(let limit): "is longer than \(limit) octets"
            }
        }
    }

    /// Reads the regular file at `path`; owner, permissions and contents belong to the same open file.
    ///
    /// What is anything else is not even opened: the path may lead, by a link of somebody else, to a device that does something then, such as
    /// a watchdog.
    package init(path: String, limit: Int) throws(Failure) {
        let place = unsafe teredo_open_place(AT_FDCWD, path, 1)
        guard place >= 0 else { throw .system(code: errno) }
        defer { close(place) }
        var status = stat()
        guard unsafe fstat(place, &status) == 0 else { throw .system(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        let descriptor = unsafe open("/proc/self/fd/\(place)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(code: errno) }
        defer { close(descriptor) }
        permissions = status.st_mode & 0o7777
        owner = status.st_uid
        do { contents = try DescriptorContents.read(descriptor, limit: limit) } catch {
            throw .system(code: error.code)
        }
        guard contents.count <= limit else { throw .tooLong(limit: limit) }
    }
}
