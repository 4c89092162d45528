import FlyingSocks
import FoundationEssentials
import Glibc

/// One connection: requests one after the other, each answered before the next is read.
actor HTTPConnection {
    private let socket: AsyncSocket
    private let limits: WebLimits
    private var buffer: [UInt8] = []

    init(socket: AsyncSocket, limits: WebLimits) {
        self.socket = socket
        self.limits = limits
    }

    /// Closes it.
    func close() { try? socket.close() }

    /// Ends what is sent, and waits a little for the other end to read it: to close with something unread would take the answer
    /// away from whoever has not read it yet.
    func finish() async {
        Glibc.shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
        let socket = socket
        try? await Deadline.within(.milliseconds(200)) {
            for _ in 0..<64 { _ = try await socket.read(atMost: 4096) }
        }
    }

    /// The head of the next request; `nil` when no more come.
    func nextHead() async throws -> RequestHead? {
        do {
            return try await Deadline.within(limits.requestPatience) { try await self.readHead() }
        } catch SocketError.disconnected {
            return nil
        } catch is TimeoutError {
            // Whoever has not begun with a request is not told.
            if buffer.isEmpty { return nil }
            throw Refusal.late
        }
    }

    private func readHead() async throws -> RequestHead {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = buffer.firstRange(of: end) {
                let octets = Array(buffer[..<range.lowerBound])
                guard octets.count <= RequestHead.maximumLength else { throw Refusal.tooLarge }
                buffer.removeSubrange(..<range.upperBound)
                return try RequestHead(parsing: octets)
            }
            guard buffer.count <= RequestHead.maximumLength else { throw Refusal.tooLarge }
            buffer.append(contentsOf: try await socket.read(atMost: 4096))
        }
    }

    /// Sends `octets`; throws when nobody reads them.
    func send(_ octets: [UInt8]) async throws {
        let data = Data(octets)
        let socket = socket
        try await Deadline.within(limits.writePatience) { try await socket.write(data) }
    }
}
