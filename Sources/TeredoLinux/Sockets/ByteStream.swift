import CTeredoLinux
import Glibc
package import TeredoWire

/// A connected stream socket, which never waits unless it is told to.
package final class ByteStream: Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// What a read brought.
    package enum Input: Hashable, Sendable {
        /// This many octets.
        case octets(Int)
        /// Nothing yet.
        case nothing
        /// The other side sends no more.
        case end
        /// The connection broke.
        case broken
    }

    init(_ owned: consuming OwnedFileDescriptor) { self.owned = owned }

    /// Connects to `endpoint` and waits for that; for loopback, where it takes no time.
    ///
    /// `limit` is how long, at most: who listens and does not accept may leave it waiting.
    package init(connectingTo endpoint: StreamEndpoint, limit: Duration = .seconds(10)) throws(SystemError) {
        let subject = "TCP \(endpoint)"
        let owned = try OwnedFileDescriptor(teredo_stream_socket(endpoint.isIPv4 ? 0 : 1), "socket", subject)
        let result = unsafe endpoint.call(owned.rawValue, teredo_connect_ipv4, teredo_connect_ipv6)
        if result != 0 {
            guard errno == EINPROGRESS else { throw SystemError("connect", subject) }
            guard owned.wait(for: POLLOUT, until: MonotonicClock.now + limit) == .ready else {
                throw SystemError("connect", subject, code: ETIMEDOUT)
            }
            let code = Self.error(of: owned.rawValue)
            guard code == 0 else { throw SystemError("connect", subject, code: code) }
        }
        teredo_send_at_once(owned.rawValue)
        self.owned = owned
    }

    /// Two streams within this process that are connected with each other.
    package static func makePair() throws(SystemError) -> (ByteStream, ByteStream) {
        var ends: [2 of CInt] = [-1, -1]
        let result = unsafe withUnsafeMutablePointer(to: &ends) {
            unsafe $0.withMemoryRebound(to: CInt.self, capacity: 2) { unsafe teredo_stream_pair($0) }
        }
        guard result == 0 else { throw SystemError("socketpair", "stream") }
        return (
            ByteStream(try OwnedFileDescriptor(ends[0], "socketpair", "stream")),
            ByteStream(try OwnedFileDescriptor(ends[1], "socketpair", "stream"))
        )
    }

    /// Reads what there is into the first `limit` octets of `buffer`.
    package func read(into buffer: inout [UInt8], limit: Int) -> Input {
        let count = unsafe buffer.withUnsafeMutableBufferPointer {
            unsafe recv(descriptor, $0.baseAddress, min($0.count, limit), CInt(MSG_DONTWAIT))
        }
        if count > 0 { return .octets(count) }
        if count == 0 { return .end }
        return errno == EAGAIN || errno == EINTR ? .nothing : .broken
    }

    /// Writes as much as the connection takes without waiting and returns the number of octets; `nil` when it broke.
    package func write(_ octets: Span<UInt8>) -> Int? {
        let count = unsafe octets.withUnsafeBufferPointer {
            unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Sends no more.
    package func endWriting() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// Ends both directions, whoever else holds the stream.
    package func endBoth() { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Has the other side see a broken connection when this one is closed; without effect within a process.
    package func resetAtClose() { teredo_reset_at_close(descriptor) }

    /// Whether the connection broke off, not only ended; a second question gets another answer.
    package var hasError: Bool { Self.error(of: descriptor) != 0 }

    private static func error(of descriptor: CInt) -> CInt {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    /// Waits until there is something to read, or room to write.
    package func wait(forInput: Bool) { _ = owned.wait(for: forInput ? POLLIN : POLLOUT, until: nil) }

    /// Writes all, waiting where it must; returns `false` when the connection broke.
    package func writeAll(_ octets: [UInt8]) -> Bool {
        var start = 0
        while start < octets.count {
            guard let count = write(octets.span.extracting(start..<octets.count)) else { return false }
            start += count
            if start < octets.count, count == 0 { wait(forInput: false) }
        }
        return true
    }

    /// Reads exactly `count` octets, waiting where it must, but not beyond `deadline`; `nil` when they did not come.
    package func readAll(_ count: Int, until deadline: ProtocolInstant? = nil) -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while result.count < count {
            switch read(into: &buffer, limit: count - result.count) {
            case .octets(let length): result += buffer[..<length]
            case .nothing: if owned.wait(for: POLLIN, until: deadline) == .timedOut { return nil }
            case .end, .broken: return nil
            }
        }
        return result
    }
}

extension StreamEndpoint {
    /// Makes a call about this endpoint, by its kind.
    func call(
        _ descriptor: CInt,
        _ ipv4: (CInt, UInt32, UInt16) -> CInt,
        _ ipv6: (CInt, UnsafePointer<UInt8>?, UInt16) -> CInt
    ) -> CInt {
        switch address {
        case .ipv4(let address): return ipv4(descriptor, address.rawValue, port)
        case .ipv6(let address):
            return unsafe withUnsafeBytes(of: address.rawValue.bigEndian) {
                unsafe ipv6(descriptor, $0.assumingMemoryBound(to: UInt8.self).baseAddress, port)
            }
        }
    }
}
