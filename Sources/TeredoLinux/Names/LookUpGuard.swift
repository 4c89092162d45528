import CTeredoLinux
import Glibc
import Synchronization
import TeredoWire

/// Ends connections to name servers that would keep a look-up from ending.
///
/// The C library waits without a limit for what a name server says by TCP, and minutes for one that takes no connection, and nothing can be
/// set about that: who takes a question and is silent would keep a thread, and whoever waits for its result, for good. A look-up whose
/// connection ends goes on to the next name server, and so to its own end.
package final class LookUpGuard: Sendable {
    private struct State {
        var begun: [Int: ProtocolInstant] = [:]
        var last = 0
        var isWatched = false
    }

    private let state = Mutex(State())
    private let port: UInt16
    private let connectionTime: Duration
    private let usualTime: Duration
    private let pause: Duration

    /// That of this process: a name server has ten seconds for an answer by TCP, and one second once a look-up has taken half a minute.
    static let shared = LookUpGuard()

    /// A connection to `port` lasts for `connectionTime`, and for no longer than `pause` while there is a look-up that took `usualTime`.
    package init(
        port: UInt16 = 53,
        connectionTime: Duration = .seconds(10),
        usualTime: Duration = .seconds(30),
        pause: Duration = .seconds(1)
    ) {
        self.port = port
        self.connectionTime = connectionTime
        self.usualTime = usualTime
        self.pause = pause
    }

    /// Does what asks name servers by the C library, on this thread.
    package func watch<Result>(_ body: () -> Result) -> Result {
        let (number, isFirst) = state.withLock { state in
            state.last += 1
            state.begun[state.last] = MonotonicClock.now
            defer { state.isWatched = true }
            return (state.last, !state.isWatched)
        }
        if isFirst, (try? WorkerThread(name: "name guard") { self.endOldConnections() }) == nil {
            state.withLock { $0.isWatched = false }
        }
        defer { state.withLock { $0.begun[number] = nil } }
        return body()
    }

    /// Goes on for as long as there are look-ups.
    private func endOldConnections() {
        var seen: [UInt64: ProtocolInstant] = [:]
        while let oldest = oldestLookUp() {
            let now = MonotonicClock.now
            let limit = now - oldest < usualTime ? connectionTime : pause
            var open: [UInt64: ProtocolInstant] = [:]
            for descriptor in 3..<Self.descriptorLimit {
                guard let number = streamNumber(descriptor) else { continue }
                let since = seen[number] ?? now
                open[number] = since
                if now - since >= limit { shutdown(descriptor, CInt(SHUT_RDWR)) }
            }
            seen = open
            Pause.sleep(pause)
        }
    }

    private func oldestLookUp() -> ProtocolInstant? {
        state.withLock { state in
            let oldest = state.begun.values.min()
            if oldest == nil { state.isWatched = false }
            return oldest
        }
    }

    /// The number of a socket of the C library's; `nil` for any other descriptor.
    ///
    /// Those of this program that are TCP over IPv4 or IPv6 do not wait, or have a limit to waiting, and none is to that port.
    private func streamNumber(_ descriptor: CInt) -> UInt64? {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, flags & O_NONBLOCK == 0, Self.option(SO_TYPE, descriptor) == CInt(SOCK_STREAM.rawValue),
            let family = Self.option(SO_DOMAIN, descriptor), family == AF_INET || family == AF_INET6,
            Self.option(SO_ACCEPTCONN, descriptor) == 0, leadsToPort(descriptor)
        else { return nil }
        var limit = timeval()
        var length = socklen_t(MemoryLayout<timeval>.size)
        var status = stat()
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, &length) == 0, limit.tv_sec == 0,
            limit.tv_usec == 0, unsafe fstat(descriptor, &status) == 0
        else { return nil }
        return UInt64(status.st_ino)
    }

    /// Whether a socket is connected to the port, or to nothing yet.
    private func leadsToPort(_ descriptor: CInt) -> Bool {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe getpeername(descriptor, address, &length)
            }
        }
        // The port stands at the same place in an address of IPv4.
        return result == 0 ? UInt16(bigEndian: address.sin6_port) == port : errno == ENOTCONN
    }

    private static func option(_ name: CInt, _ descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    /// The lowest numbers are given first.
    private static let descriptorLimit: CInt = 4_096
}
