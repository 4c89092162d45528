import CTeredoLinux
import Glibc

/// What a command that ran to its end printed, and how it ended.
package struct CommandOutput: Hashable, Sendable {
    /// How it ended; `nil` when it was stopped because its time was over.
    package let ending: ChildProcess.Ending?
    /// Its standard output.
    package let output: String
    /// Its standard error.
    package let error: String

    /// Whether it ended by itself with status 0.
    package var isSuccess: Bool { ending?.isSuccess ?? false }

    /// Runs `command` to its end and returns what it printed; after `limit` it is killed.
    package static func run(
        _ command: [String],
        input: String? = nil,
        limit: Duration
    ) throws(ChildProcessError) -> Self {
        // Files rather than pipes: a full pipe cannot block the command, and nothing need read meanwhile.
        let files = [try temporaryFile(), try temporaryFile(), try temporaryFile()]
        defer {
            for file in files { close(file) }
        }
        if let input {
            do { try DescriptorContents.write(Array(input.utf8), to: files[0]) } catch {
                throw ChildProcessError(program: "input of \(command.first ?? "")", code: error.code)
            }
            lseek(files[0], 0, SEEK_SET)
        }
        let child = try ChildProcess(
            command,
            input: files[0],
            output: .descriptors(output: files[1], error: files[2])
        )
        let ending = child.wait(limit: limit)
        if ending == nil { child.terminate(grace: .milliseconds(500)) }
        return Self(ending: ending, output: contents(of: files[1]), error: contents(of: files[2]))
    }

    private static func temporaryFile() throws(ChildProcessError) -> CInt {
        let directory = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
        var path = Array("\(directory)/teredo-XXXXXX".utf8CString)
        let descriptor = unsafe path.withUnsafeMutableBufferPointer { path in
            guard let base = path.baseAddress else { return CInt(-1) }
            return unsafe mkstemp(base)
        }
        guard descriptor >= 0 else { throw ChildProcessError(program: "mkstemp in \(directory)", code: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unsafe path.withUnsafeBufferPointer { path in
            if let base = path.baseAddress { unsafe unlink(base) }
        }
        return descriptor
    }

    private static func contents(of descriptor: CInt) -> String {
        lseek(descriptor, 0, SEEK_SET)
        return String(decoding: (try? DescriptorContents.read(descriptor)) ?? [], as: UTF8.self)
    }
}
