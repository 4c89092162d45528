import CTeredoLinux
import Glibc

/// A program that may run with the privileges of this process, because nobody without them can change it.
///
/// Neither the file nor any directory on the way to it belongs to others or can be changed by them, and no symbolic link is on
/// that way. Each step is looked at through the descriptor of the one before, so that nobody can exchange what is looked at;
/// and who could exchange it afterwards, between this and the start of the program, would have to be one of those who may.
package struct TrustedProgram: Hashable, Sendable {
    /// Its absolute path.
    package let path: String

    /// Why a program is not run.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The program, or a directory on the way to it.
        package let path: String
        /// What is wrong with it, and what would be right.
        package let problem: String

        package var description: String { "\(path): \(problem)" }
    }

    /// Looks at the program and at every directory above it.
    package init(path: String) throws(Failure) {
        guard path.hasPrefix("/") else {
            throw Failure(path: path, problem: "the path of a program must begin with '/'")
        }
        var place = try Self.open("/", in: AT_FDCWD, as: "/")
        var mode = try Self.trustedMode(of: place.rawValue, at: "/")
        var end = path.startIndex
        for name in path.split(separator: "/") {
            let directory = end == path.startIndex ? "/" : String(path[..<end])
            guard mode & S_IFMT == S_IFDIR else { throw Failure(path: directory, problem: "is not a directory") }
            end = name.endIndex
            let step = String(path[..<end])
            // A link is opened itself.
            place = try Self.open(String(name), in: place.rawValue, as: step)
            mode = try Self.trustedMode(of: place.rawValue, at: step)
        }
        guard mode & S_IFMT == S_IFREG else { throw Failure(path: path, problem: "is not a file") }
        // Of root the kernel asks no more than this.
        guard teredo_may_run(place.rawValue) != 0 else {
            throw Failure(path: path, problem: "is not executable; run chmod 755 on it")
        }
        self.path = path
    }

    private static func open(_ name: String, in place: CInt, as path: String) throws(Failure) -> OwnedFileDescriptor {
        do throws(SystemError) {
            return try OwnedFileDescriptor(unsafe teredo_open_place(place, name, 0), "openat", path)
        } catch {
            throw Failure(path: path, problem: error.reason)
        }
    }

    private static func trustedMode(of descriptor: CInt, at path: String) throws(Failure) -> mode_t {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Failure(path: path, problem: unsafe String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT != S_IFLNK else {
            throw Failure(path: path, problem: "is a symbolic link, which is not followed; give the path without it")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw Failure(
                path: path,
                problem: "belongs to the user \(status.st_uid); it must belong to root or whoever starts the role"
            )
        }
        // Where the sticky bit is, as in /tmp, others can add, but neither remove nor rename what is not theirs.
        let isShared = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
        guard isShared || status.st_mode & 0o022 == 0 else {
            throw Failure(path: path, problem: "can be changed by users other than its owner; chmod go-w it")
        }
        return status.st_mode
    }
}
