import CTeredoLinux
import Glibc

/// A bell between threads that an event loop can wait for.
package final class WakeUp: Sendable {
    private let owned: OwnedFileDescriptor

    /// Makes a silent bell.
    package init() throws(SystemError) {
        owned = try OwnedFileDescriptor(teredo_eventfd(), "eventfd", "wake-up between threads")
    }

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Wakes whoever waits; ringing twice wakes once.
    package func ring() {
        var one: UInt64 = 1
        _ = unsafe write(owned.rawValue, &one, MemoryLayout.size(ofValue: one))
    }

    /// Silences the bell before looking what is there.
    package func silence() {
        var count: UInt64 = 0
        _ = unsafe read(owned.rawValue, &count, MemoryLayout.size(ofValue: count))
    }
}
