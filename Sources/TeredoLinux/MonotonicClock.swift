import CTeredoLinux

/// The clock of the drivers: nanoseconds since boot, time asleep included, never set back.
package enum MonotonicClock {
    /// The time now.
    package static var nanoseconds: Int64 { teredo_boot_time() }
}
