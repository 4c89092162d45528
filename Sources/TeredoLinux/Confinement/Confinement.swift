import CTeredoLinux
import Glibc

/// What this process may go on doing, whatever code runs in it: the kernel refuses everything else, for good.
package struct Confinement: Hashable, Sendable {
    /// The system calls.
    package var calls: CallNeeds
    /// The files.
    package var files: [FileRule]
    /// The ports that it connects to by TCP; `nil` for all.
    package var streamPorts: Set<UInt16>? = []
    /// A process that it sends signals to; `nil` for none.
    package var child: CInt?

    /// Allows these system calls and files.
    package init(calls: CallNeeds, files: [FileRule]) {
        self.calls = calls
        self.files = files
    }

    /// The kernel's version of Landlock; `nil` when it has none.
    package static var landlockVersion: Int? {
        let version = Int(teredo_landlock_version())
        return version > 0 ? version : nil
    }

    /// Has the kernel refuse all other files to all threads, and TCP to other ports, connections to abstract sockets, and signals to
    /// other processes where it can; returns its version of Landlock, `nil` when it has none.
    package func enforceFiles() throws(SystemError) -> Int? {
        guard let version = Self.landlockVersion else { return nil }
        let known = LandlockAccess.known(to: version)
        let rules = try OwnedFileDescriptor(
            teredo_landlock_create(known.rawValue, network(version), scopes(version)),
            "landlock_create_ruleset",
            Self.subject
        )
        for rule in files { try Self.add(rule, to: rules.rawValue, known) }
        for port in version >= 4 ? streamPorts ?? [] : [] {
            guard teredo_landlock_allow_port(rules.rawValue, port, Self.connect) == 0 else {
                throw SystemError("landlock_add_rule", "TCP port \(port)")
            }
        }
        guard teredo_landlock_enforce(rules.rawValue) == 0 else {
            throw SystemError("landlock_restrict_self", Self.subject)
        }
        return version
    }

    /// Has the kernel end the process when any thread makes another system call; afterwards ``enforceFiles()`` is one.
    package func enforceCalls() throws(SystemError) {
        guard teredo_filter_calls(calls.rawValue, child ?? 0) == 0 else { throw SystemError("seccomp", Self.subject) }
    }

    private static func add(_ rule: FileRule, to rules: CInt, _ known: LandlockAccess) throws(SystemError) {
        // It stays open: /proc makes its folders anew when they were not used for a while, and what is new has no rule.
        let place = unsafe teredo_open_place(AT_FDCWD, rule.path, 1)
        guard place >= 0 else { return }
        var status = stat()
        guard unsafe fstat(place, &status) == 0 else { throw SystemError("fstat", rule.path) }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let accesses = rule.accesses.intersection(known).intersection(isFolder ? known : .ofFiles)
        if !accesses.isEmpty, teredo_landlock_allow(rules, place, accesses.rawValue) != 0 {
            throw SystemError("landlock_add_rule", rule.path)
        }
        if !rule.path.hasPrefix("/proc/") { close(place) }
    }

    private func network(_ version: Int) -> UInt64 {
        guard version >= 4 else { return 0 }
        return streamPorts == nil ? Self.bind : Self.bind | Self.connect
    }

    /// A service manager may listen at an abstract socket.
    private func scopes(_ version: Int) -> UInt64 {
        guard version >= 6 else { return 0 }
        let isManagedAbstractly = ChildProcess.environmentVariable("NOTIFY_SOCKET")?.hasPrefix("@") == true
        return (isManagedAbstractly ? 0 : Self.abstractSockets) | (child == nil ? Self.signals : 0)
    }

    private static let subject = "confinement"
    // As in linux/landlock.h.
    private static let (bind, connect): (UInt64, UInt64) = (1, 2)
    private static let (abstractSockets, signals): (UInt64, UInt64) = (1, 2)
}
