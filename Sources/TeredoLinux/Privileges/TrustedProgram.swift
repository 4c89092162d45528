import CTeredoLinux
import Glibc

/// A program that may run with the privileges of this process, because nobody without them can change it.
package struct TrustedProgram: Hashable, Sendable {
    /// Its absolute path.
    package let path: String

    /// Why a program is not run.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The program, or the directory that it is in.
        package let path: String
        /// What is wrong with it, and what would be right.
        package let problem: String

        package var description: String { "\(path): \(problem)" }
    }

    /// Looks at the program and at its directory.
    package init(path: String) throws(Failure) {
        guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/") else {
            throw Failure(path: path, problem: "the path of a program must begin with '/'")
        }
        let mode = try Self.trustedMode(of: path)
        guard mode & S_IFMT == S_IFREG else { throw Failure(path: path, problem: "is not a file") }
        guard unsafe access(path, X_OK) == 0 else {
            throw Failure(path: path, problem: "is not executable; run chmod 755 on it")
        }
        _ = try Self.trustedMode(of: slash == path.startIndex ? "/" : String(path[..<slash]))
        self.path = path
    }

    private static func trustedMode(of path: String) throws(Failure) -> mode_t {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw Failure(path: path, problem: unsafe String(cString: strerror(errno)))
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw Failure(
                path: path,
                problem: "belongs to the user \(status.st_uid); it must belong to root or whoever starts the role"
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw Failure(path: path, problem: "can be changed by users other than its owner; chmod go-w it")
        }
        return status.st_mode
    }
}
