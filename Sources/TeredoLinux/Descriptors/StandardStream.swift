import CTeredoLinux
import Glibc

/// A standard stream to write messages to, beside the output of a command.
package enum StandardStream: CInt, Sendable {
    case error = 2

    /// Writes `line` and a newline at once, so that the lines of several threads do not mix.
    ///
    /// What the reader does not take is lost: a closed pipe or a full disk must not stop a service. There is nobody else to tell.
    package func write(line: String) {
        try? DescriptorContents.write(Array((line + "\n").utf8), to: rawValue)
    }

    /// Whether somebody looks on.
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether the stream is the one to the system journal that `variable` tells of, the contents of `JOURNAL_STREAM`.
    ///
    /// These are device and number of a socket, and may be inherited by a process whose streams lead elsewhere.
    package func isJournal(_ variable: String?) -> Bool {
        var status = stat()
        guard let variable, unsafe fstat(rawValue, &status) == 0 else { return false }
        return variable == "\(status.st_dev):\(status.st_ino)"
    }
}
