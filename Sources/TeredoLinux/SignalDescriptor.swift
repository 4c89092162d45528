import CTeredoLinux
import Glibc

/// SIGINT, SIGTERM and SIGHUP as input of the event loop instead of interruptions; SIGPIPE is ignored.
package struct SignalDescriptor: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Blocks the signals for this thread and those that it starts; call it before any thread is started.
    package init() throws(SystemError) {
        owned = try OwnedFileDescriptor(teredo_signal_descriptor(), "signalfd", "signals")
    }

    /// The next signal that arrived, `nil` when there is none.
    package func next() -> CInt? {
        let number = teredo_read_signal(descriptor)
        return number == 0 ? nil : number
    }
}
