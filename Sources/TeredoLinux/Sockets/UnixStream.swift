import CTeredoLinux
import Glibc
package import TeredoWire

/// A connection of a UNIX socket that speaks lines.
package struct UnixStream: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor
    /// What errors are about.
    private let subject: String

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Whether root is at the other end, or the user that this process runs as.
    package var isFromRootOrOwnUser: Bool {
        let user = teredo_peer_user(descriptor)
        return user == 0 || user == Int64(geteuid())
    }

    /// The longest line in octets.
    package static let lineLimit = 1 << 20

    init(_ owned: consuming OwnedFileDescriptor) {
        self.owned = owned
        subject = "control socket"
    }

    /// Connects to the socket at `path`.
    package init(connectingTo path: String) throws(SystemError) {
        let subject = "control socket \(path)"
        let owned = try OwnedFileDescriptor(teredo_socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket", subject)
        guard unsafe teredo_connect_unix(owned.rawValue, path) == 0 else {
            let remedy =
                switch errno {
                case ENOENT, ECONNREFUSED:
                    "no role is running there; start one, or name its socket with --control-socket"
                case EACCES: "only root and the socket's group may ask; try sudo"
                case EAGAIN:
                    "too many programs ask at once, or the role is stopped or hung; try again, then look at its log"
                default: ""
                }
            throw SystemError("connect", subject, remedy: remedy)
        }
        self.owned = owned
        self.subject = subject
    }

    /// What a read brought.
    package enum Input: Hashable, Sendable {
        /// Octets.
        case octets([UInt8])
        /// Nothing yet.
        case nothing
        /// The other side closed, or the connection broke.
        case closed
    }

    /// Reads what there is, without waiting.
    package func read() -> Input {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            result = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            count = max(0, result)
        }
        if result > 0 { return .octets(bytes) }
        // At the end of the stream errno is left from an earlier call.
        return result < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .closed
    }

    /// Writes as much as the connection takes without waiting and returns the number of octets; `nil` when it broke.
    package func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Sends a line and waits for one back, for at most `limit`.
    package func request(_ line: String, within limit: Duration) throws(SystemError) -> String {
        let deadline = MonotonicClock.now + limit
        try ask(line, until: deadline)
        return try answer(until: deadline)
    }

    /// Sends a line, until a deadline of ``MonotonicClock``.
    package func ask(_ line: String, until deadline: ProtocolInstant) throws(SystemError) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            guard let count = write(rest) else { throw SystemError("send", subject, remedy: Self.ended) }
            rest = rest.dropFirst(count)
            if !rest.isEmpty { try wait(POLLOUT, until: deadline) }
        }
    }

    /// Waits for a line, until a deadline of ``MonotonicClock``; one that is there is taken even then.
    package func answer(until deadline: ProtocolInstant) throws(SystemError) -> String {
        var answer: [UInt8] = []
        while true {
            guard answer.count < Self.lineLimit else {
                throw SystemError("recv", subject, code: EMSGSIZE, remedy: Self.endless)
            }
            switch read() {
            case .octets(let octets):
                answer += octets
                guard !octets.contains(UInt8(ascii: "\n")) else {
                    return String(decoding: answer.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
                }
                // Who sends a little all the time has not answered either.
                if MonotonicClock.now >= deadline { throw timeout }
            case .nothing: try wait(POLLIN, until: deadline)
            case .closed: throw SystemError("recv", subject, code: ECONNRESET, remedy: Self.ended)
            }
        }
    }

    private func wait(_ events: CInt, until deadline: ProtocolInstant) throws(SystemError) {
        guard owned.wait(for: events, until: deadline) != .timedOut else { throw timeout }
    }

    private var timeout: SystemError { SystemError("poll", subject, code: ETIMEDOUT, remedy: Self.silent) }

    private static let ended = "the role ended in the meantime; try again, and look at its log if it happens again"
    private static let endless = "what is there is no role, or a broken one: look at its log and restart it"
    private static let silent = "the role does not answer: it is stopped or hung; look at its log and restart it"
}
