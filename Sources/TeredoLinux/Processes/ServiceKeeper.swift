import CTeredoLinux
import Glibc
import TeredoWire

/// The other side of ``ServiceManager``: keeps the descriptors that a service leaves, for the next process of it.
///
/// As far as services of this project need it: what is stored, removed, and waited for (sd_notify(3)).
package final class ServiceKeeper {
    /// Where the service finds it (`NOTIFY_SOCKET`).
    package let path: String
    private let socket: OwnedFileDescriptor
    private var kept: [(name: String, descriptor: CInt)] = []

    /// Listens at `path`, which must not be there.
    package init(path: String) throws(SystemError) {
        self.path = path
        let subject = "service socket \(path)"
        socket = try OwnedFileDescriptor(teredo_socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), "socket", subject)
        guard path.utf8.count <= Int(TEREDO_UNIX_PATH_LENGTH) else {
            throw SystemError("bind", subject, code: ENAMETOOLONG)
        }
        guard unsafe teredo_bind_unix(socket.rawValue, path) == 0 else { throw SystemError("bind", subject) }
    }

    deinit {
        closeKept()
        unsafe unlink(path)
    }

    /// The words in front of the command of the service, which let it find this keeper and what was kept; ``descriptors`` have to be
    /// given to the process.
    package var wrapper: [String] {
        let names = kept.map(\.name)
        guard !names.isEmpty else { return ["env", "NOTIFY_SOCKET=\(path)"] }
        return [
            "sh", "-c", #"export LISTEN_PID=$$; exec "$@""#, "sh", "env", "NOTIFY_SOCKET=\(path)",
            "LISTEN_FDS=\(names.count)", "LISTEN_FDNAMES=\(names.joined(separator: ":"))",
        ]
    }

    /// What is kept, in the order of its names in ``wrapper``.
    package var descriptors: [CInt] { kept.map(\.descriptor) }

    /// Does what the service asks for, until it says that it is ready or `limit` has passed; returns whether it was.
    package func serve(upTo limit: Duration) -> Bool {
        let deadline = MonotonicClock.now + limit
        while socket.wait(for: POLLIN, until: deadline) == .ready {
            while let assignments = take() {
                if assignments["READY"] == "1" { return true }
            }
        }
        return false
    }

    /// Does what the service asked for so far, after its end.
    package func finish() { while take() != nil {} }

    /// Closes all that is kept, as when a service stays stopped.
    package func closeKept() {
        for one in kept { close(one.descriptor) }
        kept = []
    }

    /// The assignments of a message, which is done; `nil` when there is none.
    private func take() -> [String: String]? {
        var descriptor: CInt = -1
        var text = [UInt8](repeating: 0, count: 4096)
        let count = unsafe text.withUnsafeMutableBytes { buffer in
            unsafe teredo_receive_message(
                socket.rawValue,
                buffer.baseAddress,
                buffer.count,
                CInt(MSG_DONTWAIT),
                &descriptor
            )
        }
        guard count >= 0 else { return nil }
        var assignments: [String: String] = [:]
        for line in String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { assignments[String(parts[0])] = String(parts[1]) }
        }
        let name = assignments["FDNAME"] ?? "stored"
        if descriptor >= 0 {
            // Away from the numbers that they get in the next process.
            let copy = assignments["FDSTORE"] == "1" ? fcntl(descriptor, F_DUPFD_CLOEXEC, 64) : -1
            if copy >= 0 { kept.append((name, copy)) }
            // A barrier is passed when its descriptor is closed.
            close(descriptor)
        }
        if assignments["FDSTOREREMOVE"] == "1" {
            for one in kept where one.name == name { close(one.descriptor) }
            kept.removeAll { $0.name == name }
        }
        return assignments
    }
}
