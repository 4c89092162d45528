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

    /// Leaves the calling thread at most the capabilities `kept` and all other threads none, for good, whatever is run;
    /// becomes `user` if there is one.
    package static func reduce(to kept: Set<Capability>, user: SystemUser?) throws(SystemError) {
        let mask = kept.reduce(0) { $0 | $1.mask }
        let result = teredo_reduce_privileges(
            mask,
            user == nil ? 0 : 1,
            user?.userIdentifier ?? 0,
            user?.groupIdentifier ?? 0
        )
        guard result == 0 else { throw SystemError("setresuid", user.map { "user \($0.name)" } ?? "privileges") }
        guard teredo_empty_other_threads() == 0 else { throw SystemError("capset", "threads", code: EBUSY) }
    }

    /// Whether files could be made and removed in a folder by permissions alone.
    package static func mayWritePlainly(folder: String) -> Bool {
        unsafe teredo_may_without(folder, W_OK | X_OK, Capability.dacOverride.mask) != 0
    }

    /// Whether a file could be read by permissions alone.
    package static func mayReadPlainly(file: String) -> Bool {
        unsafe teredo_may_without(file, R_OK, Capability.dacOverride.mask) != 0
    }
}
