import CTeredoLinux
package import TeredoWire

/// The clock of the drivers: the time since boot, time asleep included, never set back.
package enum MonotonicClock {
    /// The time now.
    package static var now: ProtocolInstant { ProtocolInstant(nanoseconds: teredo_boot_time()) }
}
