import CTeredoLinux
import Glibc

/// The time of day as a clock on the wall shows it, for log lines only.
package struct LocalTime: Hashable, Sendable, CustomStringConvertible {
    /// The hour, 0 to 23.
    package let hour: Int
    /// The minute, 0 to 59.
    package let minute: Int
    /// The second, 0 to 60.
    package let second: Int
    /// The millisecond, 0 to 999.
    package let millisecond: Int

    /// The time of day in the time zone of the process.
    package static var now: Self {
        var time = timespec()
        var parts = unsafe tm()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        unsafe localtime_r(&time.tv_sec, &parts)
        return unsafe Self(
            hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min),
            second: Int(parts.tm_sec),
            millisecond: time.tv_nsec / 1_000_000
        )
    }

    /// Text such as `12:34:56.789`.
    package var description: String {
        "\(Self.digits(hour, 2)):\(Self.digits(minute, 2)):\(Self.digits(second, 2)).\(Self.digits(millisecond, 3))"
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
