import CTeredoLinux
import Glibc
import TeredoWire

/// One end of a connection between two processes of this program; it carries texts, each whole or not at all, and descriptors with
/// them.
package final class MessageChannel: Sendable {
    private let owned: OwnedFileDescriptor
    /// The longest text that is taken, in octets.
    private let limit: Int

    /// The longest text in octets, unless told otherwise.
    package static let messageLimit = 1_024

    /// The descriptor, to hand the end to another process.
    package var descriptor: CInt { owned.rawValue }

    /// Takes over an end that this process was given; texts may be `limit` octets long.
    package init(descriptor: CInt, limit: Int = messageLimit) throws(SystemError) {
        owned = try OwnedFileDescriptor(descriptor, "dup", "message channel")
        self.limit = limit
    }

    /// Makes both ends; neither is inherited by a program that is started.
    package static func pair(
        limit: Int = messageLimit
    ) throws(SystemError) -> (near: MessageChannel, far: MessageChannel) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SystemError("socketpair", "message channel")
        }
        return (
            try MessageChannel(descriptor: ends[0], limit: limit), try MessageChannel(descriptor: ends[1], limit: limit)
        )
    }

    /// What came from the other end.
    package enum Input: Hashable, Sendable {
        /// A text.
        case text(String)
        /// Octets that are no text, or too many of them.
        case garbage
        /// The other end is gone.
        case closed
    }

    /// Whether there is an other end at all, and one that keeps messages apart.
    package var isConnected: Bool {
        var kind: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) == 0
            && kind == CInt(SOCK_SEQPACKET.rawValue)
    }

    /// Ends the connection for both sides; nothing can be sent or received any more.
    package func close() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Sends a text, and another number for `given` with it, if that is there; `false` when the other end is gone or does not take it.
    package func send(_ text: String, descriptor given: CInt? = nil) -> Bool {
        let bytes = Array(text.utf8)
        while true {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe teredo_send_message(descriptor, buffer.baseAddress, buffer.count, given ?? -1)
            }
            if count < 0, errno == EINTR { continue }
            return count == bytes.count
        }
    }

    /// Sends a text at once or not at all; `false` when the other end is gone, or has not taken what was sent before.
    package func sendNow(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        return unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            == bytes.count
    }

    /// Waits for what comes next, for at most `limit`; `nil` when nothing came in that time.
    ///
    /// A descriptor that comes along is closed.
    package func receive(limit: Duration? = nil) -> Input? {
        var descriptor: CInt?
        let input = receive(limit: limit, descriptor: &descriptor)
        if let descriptor { Glibc.close(descriptor) }
        return input
    }

    /// Waits for what comes next, and for a descriptor that comes along, which the caller has to close.
    package func receive(limit: Duration? = nil, descriptor: inout CInt?) -> Input? {
        let deadline = limit.map { MonotonicClock.now + $0 }
        while true {
            switch owned.wait(for: POLLIN, until: deadline) {
            case .ready: return readOne(&descriptor)
            case .timedOut: return nil
            case .interrupted: continue
            }
        }
    }

    private func readOne(_ taken: inout CInt?) -> Input {
        var count = -1
        var other: CInt = -1
        // One octet more than is allowed tells a longest message from one that was cut.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, used in
            repeat {
                count = unsafe teredo_receive_message(descriptor, buffer.baseAddress, buffer.count, 0, &other)
            } while count < 0 && errno == EINTR
            used = max(0, count)
        }
        taken = other >= 0 ? other : nil
        guard count > 0 else { return .closed }
        guard count <= limit, let text = String(validating: bytes, as: UTF8.self) else { return .garbage }
        return .text(text)
    }
}
