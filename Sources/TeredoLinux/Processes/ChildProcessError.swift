import Glibc

/// A program that could not be started.
package struct ChildProcessError: Error, Hashable, CustomStringConvertible {
    /// The program that was asked for.
    package let program: String
    /// The `errno` of the attempt.
    package let code: CInt

    package var description: String {
        code == ENOENT
            ? "\(program): no such program on this system; install the package that contains it"
            : "\(program): cannot be started: \(unsafe String(cString: strerror(code)))"
    }
}
