import CTeredoLinux
import Glibc
package import TeredoWire

/// Requests over TCP to hosts on the local network, each with one answer, on threads of their own; the event loop hears
/// of the answers.
package final class TCPExchange: Sendable {
    /// What came back.
    package struct Answer: Sendable {
        /// The number that the caller gave the exchange.
        package let identifier: Int
        /// All octets up to the end of the connection; `nil` when the host could not be reached.
        package let octets: [UInt8]?
    }

    private let work: BackgroundWork<Answer>

    /// Makes a place for answers.
    package init() throws(SystemError) { work = try BackgroundWork(name: "tcp") }

    /// The descriptor that becomes readable when an answer is there.
    package var descriptor: CInt { work.descriptor }

    /// Sends `request` and reads at most `limit` octets of the answer, within about three seconds.
    package func begin(_ identifier: Int, with destination: UDPEndpoint, request: [UInt8], limit: Int) {
        work.start(
            { Answer(identifier: identifier, octets: Self.talk(to: destination, request, limit)) },
            orElse: Answer(identifier: identifier, octets: nil)
        )
    }

    /// The answers that came since the last call.
    package func takeAnswers() -> [Answer] { work.takeResults() }

    private static func talk(to destination: UDPEndpoint, _ request: [UInt8], _ limit: Int) -> [UInt8]? {
        let deadline = MonotonicClock.nanoseconds(after: .seconds(3))
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard let owned = try? OwnedFileDescriptor(socket(AF_INET, kind, 0), "socket", "TCP \(destination)") else {
            return nil
        }
        let descriptor = owned.rawValue
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            var pause = timeval(tv_sec: 1, tv_usec: 0)
            let length = socklen_t(MemoryLayout<timeval>.size)
            guard unsafe setsockopt(descriptor, SOL_SOCKET, option, &pause, length) == 0 else { return nil }
        }
        guard teredo_connect_ipv4(descriptor, destination.address.rawValue, destination.port) == 0 else { return nil }
        let sent = unsafe request.withUnsafeBufferPointer {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { return nil }
        var answer: [UInt8] = []
        while answer.count < limit, MonotonicClock.nanoseconds < deadline {
            let part = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                count = max(0, unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0))
            }
            if part.isEmpty { break }
            answer += part
        }
        return answer.isEmpty ? nil : answer
    }
}
