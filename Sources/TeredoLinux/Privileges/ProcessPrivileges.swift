import CTeredoLinux
import Glibc

/// The privileges of this process as a whole.
package enum ProcessPrivileges {
    /// Takes into use what the file of the program permits (`setcap …+p`), at the start, while there is one thread.
    ///
    /// In the image of a container a file with effective capabilities (`+ep`) could not even be run where one of them is not
    /// allowed; one with permitted capabilities gets those that are.
    package static func usePermitted() {
        teredo_use_permitted()
    }

    /// Whether this process acts for another user or group than the one that started it, as a program with the setuid bit does.
    package static var areBorrowed: Bool { getuid() != geteuid() || getgid() != getegid() }

    /// Has a crash leave no image of the memory, which holds secrets, and lets no process of the same user look into it.
    ///
    /// Call it again after ``reduce(to:user:group:)``: a change of user undoes a part of it.
    package static func hideMemory() { teredo_hide_memory() }

    /// Leaves the calling thread at most the capabilities `kept` and all other threads none, for good, whatever is run;
    /// becomes `user` if there is one, and a member of `group` if there is one.
    package static func reduce(
        to kept: Set<Capability>,
        user: SystemUser?,
        group: SystemGroup? = nil
    ) throws(SystemError) {
        guard teredo_bound_other_threads() == 0 else { throw SystemError("PR_CAPBSET_DROP", "threads", code: EBUSY) }
        var wanted = teredo_reduction()
        wanted.keep = kept.reduce(0) { $0 | $1.mask }
        if let user {
            wanted.changes_user = 1
            (wanted.uid, wanted.gid) = (user.userIdentifier, user.groupIdentifier)
        }
        if let group {
            wanted.has_further_group = 1
            wanted.further_group = group.identifier
        }
        let result = unsafe teredo_reduce_privileges(&wanted)
        guard result == 0 else { throw SystemError("setresuid", user.map { "user \($0.name)" } ?? "privileges") }
        guard teredo_empty_other_threads() == 0 else { throw SystemError("capset", "threads", code: EBUSY) }
    }

    /// Whether making and removing files in a folder takes ``Capability/dacOverride``; where that does not help either, as on a
    /// file system that is read-only, it is not needed.
    package static func writingTakesOverride(folder: String) -> Bool {
        unsafe teredo_takes(folder, W_OK | X_OK, Capability.dacOverride.mask) != 0
    }

    /// Whether reading a file takes ``Capability/dacOverride``.
    package static func readingTakesOverride(file: String) -> Bool {
        unsafe teredo_takes(file, R_OK, Capability.dacOverride.mask) != 0
    }
}
