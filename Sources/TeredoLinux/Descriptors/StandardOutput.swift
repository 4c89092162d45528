import Glibc
import Synchronization

/// Standard output: what a command was asked for, written a line at a time.
///
/// Whoever asked relies on all of it, so what cannot be written is an error. It is told in one place, at the end of the process,
/// so that no command can forget it: the exit status is 1 then, whatever it would have been.
package enum StandardOutput {
    private static let failure = Atomic<CInt>(0)

    /// Whether something could not be written: what goes on until it is interrupted had better end.
    package static var hasFailed: Bool { failure.load(ordering: .relaxed) != 0 }

    /// Writes `line` and a newline at once, unless an earlier line could not be written.
    package static func write(line: String) { write(text: line + "\n") }

    /// Writes `text` at once, unless something before it could not be written.
    package static func write(text: String) {
        guard !hasFailed else { return }
        do { try DescriptorContents.write(Array(text.utf8), to: 1) } catch {
            failure.store(error.code, ordering: .relaxed)
        }
    }

    /// Has the end of this process tell what could not be written, by ``write(line:)`` or by other code through the C library.
    ///
    /// Standard streams that are closed are taken up first, so that nothing else that is opened gets their numbers, and what is
    /// meant for people.
    package static func guardToTheEnd() {
        for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The wrong way round: writing goes on to be an error. The lowest number that is free is the one that is missing.
            _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
        atexit { StandardOutput.endProcess() }
    }

    private static func endProcess() {
        if fflush(nil) != 0, !hasFailed { failure.store(errno, ordering: .relaxed) }
        guard hasFailed else { return }
        let error = SystemError("write", "standard output", code: failure.load(ordering: .relaxed))
        StandardStream.error.write(line: "Error: \(error)\n  not all was written: make room, or write elsewhere")
        _exit(1)
    }
}
