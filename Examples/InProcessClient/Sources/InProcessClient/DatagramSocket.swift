import TeredoWire

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A UDP socket over IPv4: the only thing that an embedded client needs of the host.
final class DatagramSocket {
    /// The longest datagram that is sent or received, in octets.
    static let longest = 65_575

    /// What the socket is bound to.
    let endpoint: UDPEndpoint
    private let descriptor: Int32

    /// Binds a socket; port 0 lets the system choose one.
    init(boundTo wanted: UDPEndpoint) throws {
        #if canImport(Glibc)
        let kind = Int32(SOCK_DGRAM.rawValue)
        #else
        let kind = SOCK_DGRAM
        #endif
        descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", code: errno) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var address = sockaddr_in(wanted)
        let descriptor = descriptor
        let isBound = address.withPointer { bind(descriptor, $0, length) } == 0
        guard isBound, address.withPointer({ getsockname(descriptor, $0, &length) }) == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError(call: "bind", code: code)
        }
        endpoint = address.endpoint
    }

    deinit { close(descriptor) }

    /// Sends one datagram; like a network, a system that cannot send it now loses it.
    func send(_ payload: [UInt8], to destination: UDPEndpoint) {
        var address = sockaddr_in(destination)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = address.withPointer { sendto(descriptor, payload, payload.count, 0, $0, length) }
    }

    /// The next datagram and where it came from; `nil` when none comes in time.
    func receive(within time: Duration) -> (payload: [UInt8], source: UDPEndpoint)? {
        let milliseconds = Int32(clamping: Int64((time / .milliseconds(1)).rounded(.up)))
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, max(0, milliseconds)) == 1 else { return nil }
        var payload = [UInt8](repeating: 0, count: Self.longest)
        var source = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = source.withPointer { recvfrom(descriptor, &payload, Self.longest, 0, $0, &length) }
        guard count >= 0 else { return nil }
        return (Array(payload[..<count]), source.endpoint)
    }
}

/// What the system refused, and its number for the reason.
struct SocketError: Error {
    let call: String
    let code: Int32
}

extension sockaddr_in {
    init(_ endpoint: UDPEndpoint) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = endpoint.port.bigEndian
        sin_addr.s_addr = endpoint.address.rawValue.bigEndian
    }

    var endpoint: UDPEndpoint {
        UDPEndpoint(IPv4Address(rawValue: UInt32(bigEndian: sin_addr.s_addr)), UInt16(bigEndian: sin_port))
    }

    mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<sockaddr>) -> Result) -> Result {
        withUnsafeMutablePointer(to: &self) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}
