import CTeredoLinux
import Glibc

/// Date and time of day as a clock on the wall shows them, for log lines only.
package struct LocalTime: Hashable, Sendable, CustomStringConvertible {
    /// The year.
    package let year: Int
    /// The month, 1 to 12.
    package let month: Int
    /// The day of the month, 1 to 31.
    package let day: Int
    /// The hour, 0 to 23.
    package let hour: Int
    /// The minute, 0 to 59.
    package let minute: Int
    /// The second, 0 to 60.
    package let second: Int
    /// The millisecond, 0 to 999.
    package let millisecond: Int
    /// How far the zone is ahead of UTC, in minutes.
    package let offset: Int

    /// The time in the time zone of the process.
    package static var now: Self {
        var time = timespec()
        var parts = unsafe tm()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        unsafe localtime_r(&time.tv_sec, &parts)
        return unsafe Self(
            year: 1900 + Int(parts.tm_year),
            month: 1 + Int(parts.tm_mon),
            day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min),
            second: Int(parts.tm_sec),
            millisecond: time.tv_nsec / 1_000_000,
            offset: Int(parts.tm_gmtoff) / 60
        )
    }

    /// The time of day, such as `12:34:56.789`.
    package var description: String {
        "\(Self.digits(hour, 2)):\(Self.digits(minute, 2)):\(Self.digits(second, 2)).\(Self.digits(millisecond, 3))"
    }

    /// Date, time and zone by RFC 3339, such as `2026-11-29T12:34:56.789+01:00`.
    package var dated: String {
        let zone =
            offset == 0
            ? "Z" : "\(offset < 0 ? "-" : "+")\(Self.digits(abs(offset) / 60, 2)):\(Self.digits(abs(offset) % 60, 2))"
        return "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))T\(description)\(zone)"
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
