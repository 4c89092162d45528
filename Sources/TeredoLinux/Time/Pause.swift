import CTeredoLinux
import Glibc

/// Blocking waits, for code that runs on a thread of its own such as the lab.
package enum Pause {
    /// Blocks the calling thread for `duration`, shorter when a signal arrives.
    package static func sleep(_ duration: Duration) {
        let parts = duration.components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return }
        var request = timespec(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
        unsafe nanosleep(&request, nil)
    }
}
