import CTeredoLinux

/// Removes a file when the process crashes, so that a crash leaves no socket file behind.
package enum CrashGuard {
    /// Arms the guard for the file at `path`; there is one for the process.
    package static func removeOnCrash(_ path: String) { unsafe teredo_unlink_on_crash(path) }

    /// Disarms the guard.
    package static func disarm() { unsafe teredo_unlink_on_crash("") }
}
