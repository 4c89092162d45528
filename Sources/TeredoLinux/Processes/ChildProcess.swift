package import CTeredoLinux
import Glibc
import Synchronization
import TeredoWire

/// A process started by this one, in a process group of its own: a Ctrl-C in the terminal does not reach it,
/// and a signal sent through ``signal(_:)`` reaches everything that it started.
///
/// Of descriptors it gets the standard ones, those that are given to it and no
/// others, whatever this process was given by who started it.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Hashable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)

        /// Whether the process ended with status 0.
        package var isSuccess: Bool { self == .exited(0) }

        package var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    /// Where standard output and standard error go.
    package enum Output: Hashable, Sendable {
        case discarded
        case inherited
        /// Appended to the file at this path.
        case file(String)
        /// Written to this descriptor for standard output and that one for standard error.
        case descriptors(output: CInt, error: CInt)
    }

    /// The process id, which is the id of its group too.
    package let processIdentifier: pid_t
    /// The program and its arguments, as started.
    package let command: [String]
    private let ending = Mutex<Ending?>(nil)

    /// Starts `command`; its first word is looked up in `PATH` and in the system administration directories, unless
    /// `program` is the path of the program to start.
    ///
    /// `environment` is the whole environment, entries as `NAME=value`, by default a small one; `input` is a
    /// descriptor for standard input, by default that of `/dev/null`; `directory` is where it works, by default where this
    /// process does; the descriptors in `given`, each 64 at least, become 3 and so on.
    package init(
        _ command: [String],
        program: String? = nil,
        environment: [String]? = nil,
        directory: String? = nil,
        input: CInt? = nil,
        output: Output = .discarded,
        given: [CInt] = []
    ) throws(ChildProcessError) {
        guard let name = program ?? command.first, let path = Self.executable(named: name) else {
            throw ChildProcessError(program: program ?? command.first ?? "", code: ENOENT)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        switch output {
        case .discarded:
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        case .inherited: break
        case .file(let path):
            unsafe posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        case .descriptors(let output, let error):
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, error, 2)
        }
        for (place, descriptor) in given.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(3 + place))
        }
        _ = unsafe teredo_spawn_plainly(&actions, CInt(given.count))
        if let directory { _ = unsafe teredo_spawn_in(&actions, directory) }
        // Signals that the caller blocks or ignores would otherwise stay blocked or ignored in the child.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var defaults = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&defaults)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var identifier: pid_t = 0
        let code = unsafe Self.withCStrings(command) { arguments in
            unsafe Self.withCStrings(environment ?? Self.defaultEnvironment) { variables in
                unsafe posix_spawn(&identifier, path, &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw ChildProcessError(program: name, code: code) }
        processIdentifier = identifier
        self.command = command
    }

    /// How the process ended; `nil` while it runs.
    package func poll() -> Ending? {
        ending.withLock { ending in
            if ending == nil {
                var status: CInt = 0
                if unsafe waitpid(processIdentifier, &status, WNOHANG) == processIdentifier {
                    let number = status & 0x7F
                    ending = number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number)
                }
            }
            return ending
        }
    }

    /// Waits until the process ends, at most `limit`; `nil` when it still runs then, or when the caller's own
    /// process is interrupted first.
    package func wait(limit: Duration) -> Ending? {
        let deadline = MonotonicClock.now + limit
        var pause = Duration.milliseconds(1)
        while true {
            if let ending = poll() { return ending }
            guard MonotonicClock.now < deadline, !Interruption.isRequested else { return nil }
            Pause.sleep(pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    /// Sends a signal to the process and everything in its group.
    package func signal(_ number: CInt) {
        guard poll() == nil else { return }
        kill(-processIdentifier, number)
    }

    /// Ends the process with SIGTERM, and with SIGKILL what still runs after `grace`; returns how it ended.
    @discardableResult
    package func terminate(grace: Duration = .seconds(5)) -> Ending? {
        signal(SIGTERM)
        let deadline = MonotonicClock.now + grace
        while poll() == nil, MonotonicClock.now < deadline { Pause.sleep(.milliseconds(5)) }
        // The group may outlive its leader; an id that no process has any more is harmless here.
        kill(-processIdentifier, SIGKILL)
        while poll() == nil { Pause.sleep(.milliseconds(2)) }
        return poll()
    }

    /// The path of a program: as given when it contains a slash, else looked up in `PATH` and in the system
    /// administration directories, which ordinary users often have not in `PATH`.
    package static func executable(named name: String) -> String? {
        if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
        for directory in searchPath.split(separator: ":") {
            let path = "\(directory)/\(name)"
            if unsafe access(path, X_OK) == 0 { return path }
        }
        return nil
    }

    private static var searchPath: String {
        (environmentVariable("PATH") ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
    }

    private static var defaultEnvironment: [String] {
        // The time zone and the journal are for what writes to the same log as this process.
        let inherited = ["HOME", "JOURNAL_STREAM", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "USER"]
        return ["PATH=\(searchPath)", "LC_ALL=C"]
            + inherited.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
    }

    /// The value of an environment variable of this process.
    package static func environmentVariable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Calls `body` with the strings as the null-terminated array of C strings that `exec` wants.
    static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>?] = unsafe (strings.map { unsafe strdup($0) }) + [nil]
        defer {
            for index in 0..<strings.count { unsafe free(copies[index]) }
        }
        return unsafe copies.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the array holds its terminator at least") }
            return unsafe body(base)
        }
    }
}
