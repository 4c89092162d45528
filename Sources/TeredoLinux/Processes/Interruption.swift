import CTeredoLinux
import Glibc
import Synchronization

/// Remembers that SIGINT, SIGTERM or SIGHUP arrived, for programs that poll instead of running an event loop.
package enum Interruption {
    private static let signalNumber = Atomic<CInt>(0)

    /// From now on the signals only set ``isRequested``; the program must look at it and clean up.
    package static func watch() {
        // The first access makes the atomic; it must not happen inside the signal handler.
        signalNumber.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { Interruption.signalNumber.store($0, ordering: .relaxed) }
        }
    }

    /// Whether one of the signals arrived.
    package static var isRequested: Bool { signalNumber.load(ordering: .relaxed) != 0 }
}
