import CTeredoLinux
import Glibc
import Synchronization
package import TeredoWire

/// One request and one answer over TCP with a host on the local network, on a thread of its own; the event loop hears of
/// the answer.
package final class TCPExchange: Sendable {
    /// What came back.
    package struct Answer: Sendable {
        /// The number that the caller gave the exchange.
        package let identifier: Int
        /// All octets up to the end of the connection; `nil` when the host could not be reached.
        package let octets: [UInt8]?
    }

    private let signal: CInt
    private let result = Mutex<Answer?>(nil)

    /// The descriptor that becomes readable when an answer is there.
    package var descriptor: CInt { signal }

    /// Makes a place for answers.
    package init() throws(SystemError) {
        signal = teredo_eventfd()
        guard signal >= 0 else { throw SystemError("eventfd", "TCP exchange") }
    }

    deinit {
        _ = close(signal)
    }

    /// Sends `request` and reads at most `limit` octets of the answer, within about three seconds.
    package func begin(_ identifier: Int, with destination: UDPEndpoint, request: [UInt8], limit: Int) {
        let work = Work(exchange: self, identifier, destination, request, limit)
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(work).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        if status == 0 {
            _ = pthread_detach(thread)
        } else {
            unsafe Unmanaged<Work>.fromOpaque(argument).release()
            finish(Answer(identifier: identifier, octets: nil))
        }
    }

    /// The answer, once; `nil` when there is none yet.
    package func takeAnswer() -> Answer? {
        var count: UInt64 = 0
        _ = unsafe read(signal, &count, 8)
        return result.withLock { result in
            defer { result = nil }
            return result
        }
    }

    private func finish(_ answer: Answer) {
        result.withLock { $0 = answer }
        var one: UInt64 = 1
        _ = unsafe write(signal, &one, 8)
    }

    private final class Work: Sendable {
        private let exchange: TCPExchange
        private let identifier: Int
        private let destination: UDPEndpoint
        private let request: [UInt8]
        private let limit: Int

        init(exchange: TCPExchange, _ identifier: Int, _ destination: UDPEndpoint, _ request: [UInt8], _ limit: Int) {
            self.exchange = exchange
            self.identifier = identifier
            self.destination = destination
            self.request = request
            self.limit = limit
        }

        func run() { exchange.finish(Answer(identifier: identifier, octets: talk())) }

        private func talk() -> [UInt8]? {
            let deadline = MonotonicClock.nanoseconds + 3_000_000_000
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return nil }
            defer { _ = close(descriptor) }
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                var pause = timeval(tv_sec: 1, tv_usec: 0)
                let length = socklen_t(MemoryLayout<timeval>.size)
                guard unsafe setsockopt(descriptor, SOL_SOCKET, option, &pause, length) == 0 else { return nil }
            }
            guard teredo_connect_ipv4(descriptor, destination.address.rawValue, destination.port) == 0 else {
                return nil
            }
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
}
