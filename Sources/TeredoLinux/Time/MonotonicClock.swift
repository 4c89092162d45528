import CTeredoLinux

/// The clock of the drivers: nanoseconds since boot, time asleep included, never set back.
package enum MonotonicClock {
    /// The time now.
    package static var nanoseconds: Int64 { teredo_boot_time() }

    /// The time `duration` from now.
    package static func nanoseconds(after duration: Duration) -> Int64 {
        let parts = duration.components
        return nanoseconds + parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}
