import Glibc

/// The clock on the wall, which people can set; nothing of the protocol goes by it.
package enum WallClock {
    /// Seconds since 1970-01-01 00:00 UTC.
    package static var seconds: Int { time(nil) }
}
