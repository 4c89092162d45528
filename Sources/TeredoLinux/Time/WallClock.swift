import CTeredoLinux
import Glibc

/// The clock on the wall, which people can set; nothing of the protocol goes by it.
package enum WallClock {
    /// Seconds since 1970-01-01 00:00 UTC.
    package static var seconds: Int { time(nil) }

    /// When the file of the running program was last written, in the same seconds; `nil` when that is not known.
    ///
    /// Whatever the clock says, that moment is over.
    package static var programDate: Int? {
        var status = stat()
        guard unsafe stat("/proc/self/exe", &status) == 0 else { return nil }
        return status.st_mtim.tv_sec
    }
}
