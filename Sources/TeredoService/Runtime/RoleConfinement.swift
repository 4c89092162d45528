package import Logging
import TeredoHost
import TeredoLinux

/// Leaves a role that is set up nothing but what it needs from then on, whoever may come to control it (SEC-63).
///
/// Both parts are refusals of the kernel and hold for all threads and for good: files, by Landlock, and system calls, by a filter that
/// ends the process.
package struct RoleConfinement {
    private let confinement: Confinement

    /// For a role with these `needs` that writes the files `written` and reads the files `read` again with its settings.
    package init(_ needs: RoleNeeds, writing written: [String], reading read: [String]) {
        var files = Self.always + needs.files
        files += Set(written.map(FileRule.folder)).sorted().map { FileRule($0, needs.folderUse) }
        files += read.flatMap { FileRule.reading(again: $0) }
        var confinement = Confinement(calls: needs.calls, files: files)
        confinement.streamPorts = needs.streamPorts
        confinement.child = needs.child
        self.confinement = confinement
    }

    /// Confines this process; call it when everything is set up and privileges have gone, before the first datagram is read.
    ///
    /// A kernel that cannot do it, or a sandbox that forbids it, does not keep the role from running: the log says so.
    package func apply(_ logger: Logger) {
        var parts: [String] = []
        do {
            if let version = try confinement.enforceFiles() {
                parts.append("files (Landlock \(version))")
            } else {
                logger.notice(
                    "files are not confined: this kernel has no Landlock, or it is switched off (lsm=) or forbidden here"
                )
            }
        } catch {
            logger.notice("files are not confined: \(error)")
        }
        do {
            try confinement.enforceCalls()
            parts.append("system calls (seccomp)")
        } catch {
            logger.notice("system calls are not confined: \(error)")
        }
        if !parts.isEmpty { logger.info("confined: \(parts.joined(separator: ", "))") }
    }

    /// What every role reads: itself for its metrics, the state of the network, the time zone, and what the C library asks for memory.
    private static let always = [
        FileRule("/proc/self", .look),
        FileRule("/proc/sys/net", .look),
        FileRule("/proc/sys/vm/overcommit_memory", .read),
        FileRule("/etc/localtime", .read),
        FileRule("/dev/null", .read),
    ]
}
