import Glibc

/// A stream as the standard input and output of this process.
package enum StandardConnection {
    /// How it ended.
    package enum Ending: Hashable, Sendable {
        /// The other side has sent all.
        case finished
        /// The connection broke.
        case broken
        /// What came in could not be written.
        case notWritten(SystemError)
    }

    /// Copies standard input to the stream, on a thread of its own, and the stream to standard output, until the other side has
    /// sent all; the end of standard input is the end of what is sent.
    package static func run(_ stream: ByteStream) throws(SystemError) -> Ending {
        _ = try WorkerThread(name: "input") { copyInput(to: stream) }
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            switch stream.read(into: &buffer, limit: chunk) {
            case .octets(let count):
                do { try DescriptorContents.write(Array(buffer[..<count]), to: 1) } catch { return .notWritten(error) }
            case .nothing: stream.wait(forInput: true)
            case .end: return .finished
            case .broken: return .broken
            }
        }
    }

    private static func copyInput(to stream: ByteStream) {
        while true {
            var count = 0
            let octets = unsafe [UInt8](unsafeUninitializedCapacity: chunk) { buffer, length in
                count = unsafe Glibc.read(0, buffer.baseAddress, buffer.count)
                length = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Whoever started this process left it so.
                var entry = pollfd(fd: 0, events: CShort(POLLIN), revents: 0)
                _ = unsafe poll(&entry, 1, -1)
                continue
            }
            guard count > 0 else { return stream.endWriting() }
            guard stream.writeAll(octets) else { return }
        }
    }

    private static let chunk = 65_536
}
