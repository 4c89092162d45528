import Glibc
import TeredoWire

/// A file, or what another program writes into a pipe, that is read from its beginning to its end.
package struct InputFile: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor
    private let path: String

    /// Opens the file at `path`; '-' means standard input.
    package init(path: String) throws(SystemError) {
        // O_NONBLOCK: a pipe that nobody writes to yet is waited for below, where that can be interrupted.
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let descriptor = path == "-" ? fcntl(0, F_DUPFD_CLOEXEC, 3) : unsafe open(path, flags)
        owned = try OwnedFileDescriptor(descriptor, "open", path == "-" ? "standard input" : path)
        self.path = path
    }

    /// Whether a person at a terminal would have to type what is read.
    package var isTerminal: Bool { isatty(owned.rawValue) == 1 }

    /// The next octets, at most as many as `limit`; none at the end, and none as soon as `isWanted` says no.
    package func read(limit: Int = 65_536, while isWanted: () -> Bool) throws(SystemError) -> [UInt8] {
        while true {
            // A wait that ends now and then: a signal may come between the question and the wait.
            while owned.wait(for: POLLIN, until: MonotonicClock.now + .milliseconds(200)) != .ready {
                guard isWanted() else { return [] }
            }
            // Somebody else who reads from the same pipe may have been faster.
            if let bytes = try readAtOnce(limit, while: isWanted) { return bytes }
        }
    }

    /// What is there; `nil` when nothing is.
    private func readAtOnce(_ limit: Int, while isWanted: () -> Bool) throws(SystemError) -> [UInt8]? {
        var failure: SystemError?
        var isEmpty = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var result = unsafe Glibc.read(owned.rawValue, buffer.baseAddress, limit)
            while result < 0, errno == EINTR, isWanted() {
                result = unsafe Glibc.read(owned.rawValue, buffer.baseAddress, limit)
            }
            isEmpty = result < 0 && errno == EAGAIN
            if result < 0, errno != EINTR, !isEmpty {
                failure = SystemError("read", path == "-" ? "standard input" : path)
            }
            count = max(0, result)
        }
        if let failure { throw failure }
        return isEmpty ? nil : bytes
    }
}
