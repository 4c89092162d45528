import Glibc

/// Replaces the program of the calling process.
package enum ProcessReplacement {
    /// Runs `command` in place of this program; returns only to tell why it could not.
    package static func execute(_ command: [String]) -> ChildProcessError {
        guard let name = command.first, let path = ChildProcess.executable(named: name) else {
            return ChildProcessError(program: command.first ?? "", code: ENOENT)
        }
        _ = unsafe ChildProcess.withCStrings(command) { unsafe execv(path, $0) }
        return ChildProcessError(program: name, code: errno)
    }
}
