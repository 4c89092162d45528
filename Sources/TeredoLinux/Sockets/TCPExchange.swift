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
        /// All octets up to the end of the answer; `nil` when there is none.
        package let octets: [UInt8]?
    }

    /// What a reader says of an answer so far.
    package enum Progress: Hashable, Sendable {
        /// More has to come.
        case partial
        /// More may come; it has all come when nothing does for three seconds.
        case open
        /// That was all.
        case whole
    }

    /// A function that is given what was received, and says whether that was enough.
    package typealias Reader = ([UInt8]) -> Progress

    private let work: BackgroundWork<Answer>

    /// Makes a place for answers.
    package init() throws(SystemError) { work = try BackgroundWork(name: "tcp") }

    /// The descriptor that becomes readable when an answer is there.
    package var descriptor: CInt { work.descriptor }

    /// Sends `request` and reads the answer with a reader of its own, within ten seconds, beside other exchanges.
    package func begin(
        _ identifier: Int,
        with destination: UDPEndpoint,
        request: [UInt8],
        reader makeReader: @escaping @Sendable () -> Reader
    ) {
        work.start(
            { Answer(identifier: identifier, octets: Self.talk(to: destination, request, makeReader())) },
            orElse: Answer(identifier: identifier, octets: nil)
        )
    }

    /// The answers that came since the last call.
    package func takeAnswers() -> [Answer] { work.takeResults() }

    private static func talk(to destination: UDPEndpoint, _ request: [UInt8], _ read: Reader) -> [UInt8]? {
        let deadline = MonotonicClock.now + .seconds(10)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard let owned = try? OwnedFileDescriptor(socket(AF_INET, kind, 0), "socket", "TCP \(destination)") else {
            return nil
        }
        let descriptor = owned.rawValue
        // Connecting takes no longer than sending may (socket(7)); a receiver looks at the clock in between.
        for (option, seconds) in [(SO_SNDTIMEO, 4), (SO_RCVTIMEO, 1)] {
            var pause = timeval(tv_sec: seconds, tv_usec: 0)
            let length = socklen_t(MemoryLayout<timeval>.size)
            guard unsafe setsockopt(descriptor, SOL_SOCKET, option, &pause, length) == 0 else { return nil }
        }
        guard teredo_connect_ipv4(descriptor, destination.address.rawValue, destination.port) == 0 else { return nil }
        let sent = unsafe request.withUnsafeBufferPointer {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { return nil }
        var progress = Progress.partial
        var pauses = 0
        var answer: [UInt8] = []
        while MonotonicClock.now < deadline {
            var received = 0
            let part = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                received = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
                count = max(0, received)
            }
            if received < 0, errno == EAGAIN || errno == EINTR {
                pauses += 1
                if progress == .open, pauses == pauseLimit { break }
                continue
            }
            guard received > 0 else { break }
            pauses = 0
            answer += part
            progress = read(part)
            if progress == .whole { break }
        }
        return answer.isEmpty ? nil : answer
    }

    /// How many seconds without an octet end an answer that may be whole.
    private static let pauseLimit = 3
}
