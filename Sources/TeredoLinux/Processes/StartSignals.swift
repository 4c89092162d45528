import CTeredoLinux

/// What signals do from the first moments of this program on.
package enum StartSignals {
    /// Call it first, while there is one thread.
    ///
    /// A file that may not grow any more (`ulimit -f`) is an error of who writes, as a full disk is, and not the end of the process. A
    /// role, if this is one, gets SIGHUP and SIGUSR1 as soon as it can do what they ask for: before that they would end it.
    package static func prepare(isRole: Bool) { teredo_prepare_signals(isRole ? 1 : 0) }
}
