import CTeredoLinux
import Glibc

/// SIGINT, SIGTERM, SIGHUP and SIGUSR1 as input of the event loop instead of interruptions; SIGPIPE is ignored.
package struct SignalDescriptor: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Blocks the signals for this thread and those that it starts; call it before any thread is started.
    package init() throws(SystemError) {
        owned = try OwnedFileDescriptor(teredo_signal_descriptor(), "signalfd", "signals")
    }

    /// The next signal, and whether the terminal sent it, and so to every process of the foreground group; `nil` when
    /// there is none.
    package func next() -> (number: CInt, isFromTerminal: Bool)? {
        var isFromTerminal: CInt = 0
        let number = unsafe teredo_read_signal_origin(descriptor, &isFromTerminal)
        return number == 0 ? nil : (number, isFromTerminal != 0)
    }
}
