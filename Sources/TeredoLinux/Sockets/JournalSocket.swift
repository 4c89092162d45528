import CTeredoLinux
import Glibc

/// The way to the system journal for messages with fields (the native protocol of systemd-journald).
///
/// Code of our own, because it is one datagram; libsystemd would be a dependency of every installation.
package final class JournalSocket: Sendable {
    private let path: String
    private let socket: OwnedFileDescriptor

    /// Where the journal listens.
    package static let standardPath = "/run/systemd/journal/socket"

    /// The journal at `path`; `nil` when there is no socket to be had.
    package init?(path: String = standardPath) {
        let descriptor = teredo_socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard let socket = try? OwnedFileDescriptor(descriptor, "socket", path) else { return nil }
        self.path = path
        self.socket = socket
    }

    /// Sends a message; returns whether the journal took it, without waiting for it.
    ///
    /// Names of fields are capitals, digits and underscores, as the journal wants them.
    package func send(_ fields: [(name: String, value: String)]) -> Bool {
        var octets: [UInt8] = []
        for (name, value) in fields {
            // The form that takes any value: the name, a line end, how many octets the value has, and these.
            octets += Array(name.utf8) + [UInt8(ascii: "\n")]
            let count = UInt64(value.utf8.count)
            octets += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) }
            octets += Array(value.utf8) + [UInt8(ascii: "\n")]
        }
        return unsafe octets.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe teredo_send_unix(socket.rawValue, path, $0.baseAddress, $0.count) == 0
            }
        }
    }
}
