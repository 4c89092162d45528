import Glibc
import TeredoWire

/// A descriptor that is closed when its owner goes away.
package struct OwnedFileDescriptor: ~Copyable, Sendable {
    /// The descriptor, for calls; it stays owned by this value.
    package let rawValue: CInt

    /// Takes a descriptor over; a negative one becomes the error of `call`.
    package init(_ descriptor: CInt, _ call: String, _ subject: String, remedy: String = "") throws(SystemError) {
        guard descriptor >= 0 else { throw SystemError(call, subject, remedy: remedy) }
        rawValue = descriptor
    }

    /// How a wait ended.
    enum Arrival: Hashable, Sendable {
        /// There is something to do.
        case ready
        /// The deadline passed.
        case timedOut
        /// A signal came.
        case interrupted
    }

    /// Waits for one of `events` of poll(2) until a deadline of ``MonotonicClock``, or for as long as it takes.
    func wait(for events: CInt, until deadline: ProtocolInstant?) -> Arrival {
        var entry = pollfd(fd: rawValue, events: CShort(events), revents: 0)
        // Rounded up: what is left of a millisecond is not waited for in a loop.
        let rest = deadline.map { max(0, ($0 - MonotonicClock.now).wholeNanoseconds) }
        let milliseconds = rest.map { $0 / 1_000_000 + ($0 % 1_000_000 == 0 ? 0 : 1) } ?? -1
        switch unsafe poll(&entry, 1, CInt(clamping: milliseconds)) {
        case 0: return .timedOut
        case 1...: return .ready
        default: return .interrupted
        }
    }

    deinit {
        _ = Glibc.close(rawValue)
    }
}
