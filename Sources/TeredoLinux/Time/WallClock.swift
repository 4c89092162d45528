import CTeredoLinux
import Glibc

/// The clock on the wall, which people can set; nothing of the protocol goes by it.
package enum WallClock {
    /// The time now, in whole seconds.
    package static var now: WallTime { WallTime(sinceEpoch: .seconds(time(nil))) }

    /// When the file of the running program was last written, in whole seconds; `nil` when that is not known.
    ///
    /// Whatever the clock says, that moment is over.
    package static var programDate: WallTime? {
        var status = stat()
        guard unsafe stat("/proc/self/exe", &status) == 0 else { return nil }
        return WallTime(sinceEpoch: .seconds(status.st_mtim.tv_sec))
    }
}
