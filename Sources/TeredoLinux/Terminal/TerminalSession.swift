import CTeredoLinux
import Glibc
import Synchronization

/// A terminal that a program has for itself: a screen of its own, keys without the Return key, and the size as it changes.
///
/// However the process ends, short of SIGKILL, the terminal is as it was before: ``close()`` is called by hand, at the end of
/// the process, and for signals by whoever reads ``signals``.
package final class TerminalSession {
    /// What happened to the process or its terminal.
    package enum Signal: Hashable, Sendable {
        /// The program shall end: the number of the signal.
        case end(CInt)
        /// The terminal has another size.
        case resize
        /// The program shall stop, as by ^Z.
        case suspend
    }

    private static let isOpen = Atomic(false)
    private let signals: OwnedFileDescriptor
    private let hasKeys: Bool
    private let before: termios?

    /// Takes the terminal over; standard output is one.
    package init() throws(SystemError) {
        signals = try OwnedFileDescriptor(teredo_terminal_signals(), "signalfd", "signals")
        var settings = termios()
        hasKeys = unsafe tcgetattr(0, &settings) == 0
        before = hasKeys ? settings : nil
        enter()
        atexit { TerminalSession.leaveScreen() }
    }

    deinit { close() }

    /// The descriptors that become readable: keys, as far as there are any, and signals.
    package var descriptors: (keys: CInt?, signals: CInt) { (hasKeys ? 0 : nil, signals.rawValue) }

    /// The octets of the keys that were pressed; `nil` when nobody can press any more.
    package func keys() -> [UInt8]? {
        var count = 0
        let octets = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, initialized in
            count = unsafe Glibc.read(0, buffer.baseAddress, buffer.count)
            initialized = max(0, count)
        }
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)) ? octets : nil
    }

    /// The next signal; `nil` when there is none.
    package func signal() -> Signal? {
        var isFromTerminal: CInt = 0
        let number = unsafe teredo_read_signal_origin(signals.rawValue, &isFromTerminal)
        return switch number {
        case 0: nil
        case SIGWINCH: .resize
        case SIGTSTP: .suspend
        default: .end(number)
        }
    }

    /// Shows lines in place of what was there: as many as there are rows, each as wide as the terminal, so that nothing need
    /// be erased and nothing flickers.
    package func show(_ lines: [String]) { Self.write("\u{1B}[H" + lines.joined(separator: "\r\n")) }

    /// Gives the terminal back, stops the process until somebody continues it, and takes the terminal again.
    package func suspend() {
        close()
        raise(SIGSTOP)
        enter()
    }

    /// Gives the terminal back as it was.
    package func close() {
        Self.leaveScreen()
        guard var before else { return }
        unsafe tcsetattr(0, TCSANOW, &before)
    }

    private func enter() {
        if var settings = before {
            // ^C and ^Z go on to be signals.
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            unsafe tcsetattr(0, TCSANOW, &settings)
        }
        Self.isOpen.store(true, ordering: .relaxed)
        // Another screen, no cursor, and nothing that runs over the margin goes on in the next line.
        Self.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    private static func leaveScreen() {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
    }

    private static func write(_ text: String) { StandardOutput.write(text: text) }
}
