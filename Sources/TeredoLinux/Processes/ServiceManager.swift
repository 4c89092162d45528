import CTeredoLinux
import Glibc
import TeredoWire

/// The service manager that started this process and wants to know how it is, in the manner of sd_notify(3).
///
/// Code of our own, because it is one datagram; libsystemd would be a dependency of every installation.
package final class ServiceManager: Sendable {
    private let path: String
    private let socket: OwnedFileDescriptor
    /// How often the manager wants a sign of life; `nil` for never.
    package let watchdogInterval: Duration?

    /// The manager that the environment tells of; `nil` when there is none.
    package convenience init?() {
        self.init(environment: ChildProcess.environmentVariable)
    }

    /// The manager that `environment` tells of.
    package init?(environment: (String) -> String?) {
        guard let path = environment("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        let descriptor = teredo_socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard let socket = try? OwnedFileDescriptor(descriptor, "socket", path) else { return nil }
        self.path = path
        self.socket = socket
        let isForUs = environment("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        // A day is longer than any watchdog.
        let isUsable = isForUs && (1...86_400_000_000).contains(microseconds)
        watchdogInterval = isUsable ? .microseconds(microseconds) : nil
    }

    /// Sends one or more assignments, a line each; a manager that does not listen is no fault of the role.
    package func tell(_ assignments: String) {
        _ = unsafe teredo_send_unix(socket.rawValue, path, assignments, assignments.utf8.count)
    }

    /// Has the manager keep a descriptor under a name for the next process of the service, if it keeps any; it closes those that
    /// nobody takes when the service stays stopped.
    package func keep(_ descriptor: CInt, as name: String) {
        let text = "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0"
        _ = unsafe teredo_send_unix_descriptor(socket.rawValue, path, text, text.utf8.count, descriptor)
    }

    /// Has the manager close what it keeps under a name.
    package func forget(_ name: String) { tell("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// Waits until the manager has done what it was told so far, but for `limit` at most: one that does not know of barriers may leave
    /// it unanswered.
    package func waitUntilDone(upTo limit: Duration) {
        var ends: (CInt, CInt) = (-1, -1)
        let made = unsafe withUnsafeMutablePointer(to: &ends) { ends in
            unsafe ends.withMemoryRebound(to: CInt.self, capacity: 2) { unsafe teredo_pipe($0) }
        }
        guard made == 0, let near = try? OwnedFileDescriptor(ends.0, "pipe2", path) else { return }
        let text = "BARRIER=1"
        let sent = unsafe teredo_send_unix_descriptor(socket.rawValue, path, text, text.utf8.count, ends.1)
        close(ends.1)
        // The manager closes its end when it gets there, which poll(2) tells without being asked for anything.
        if sent >= 0 { _ = near.wait(for: 0, until: MonotonicClock.now + limit) }
    }

    /// Says that the settings are read again from now on; `READY=1` tells the end of that.
    package func tellReloading() {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        tell("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }
}
