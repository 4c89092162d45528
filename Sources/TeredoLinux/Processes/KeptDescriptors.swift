import CTeredoLinux
import Glibc
import Synchronization

/// The descriptors that a service manager kept for this process, in the manner of sd_listen_fds_with_names(3).
package enum KeptDescriptors {
    private static let isTaken = Mutex(false)

    /// Takes them all over, by the names that they were given to keep; a second time there are none.
    ///
    /// Whoever does not use one has to close it, or what it stands for stays. Of several with one name all but the first are closed.
    package static func take() -> [String: CInt] {
        let isFirst = isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
        guard isFirst, ChildProcess.environmentVariable("LISTEN_PID") == "\(getpid())",
            let count = ChildProcess.environmentVariable("LISTEN_FDS").flatMap({ CInt($0) }), (1...64).contains(count)
        else { return [:] }
        let names = (ChildProcess.environmentVariable("LISTEN_FDNAMES") ?? "").split(
            separator: ":",
            omittingEmptySubsequences: false
        )
        var result: [String: CInt] = [:]
        for place in 0..<count {
            let descriptor = first + place
            let name = place < names.count ? String(names[Int(place)]) : ""
            // What has this flag was opened here: a manager that promises more than it gives does not make it the role's interface.
            guard fcntl(descriptor, F_GETFD) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { continue }
            if name.isEmpty || result[name] != nil {
                close(descriptor)
            } else {
                result[name] = descriptor
            }
        }
        return result
    }

    private static let first: CInt = 3
}
