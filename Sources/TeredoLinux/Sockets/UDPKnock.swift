import CTeredoLinux
import Glibc
package import TeredoWire

/// Datagrams that only shall make others find the way to an IPv6 host; they need no privileges.
package struct UDPKnock: ~Copyable {
    private let socket: OwnedFileDescriptor
    private let destination: IPv6Address

    /// Opens a socket.
    package init(to destination: IPv6Address) throws(SystemError) {
        socket = try OwnedFileDescriptor(
            teredo_socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0),
            "socket",
            "UDP over IPv6"
        )
        self.destination = destination
    }

    /// Sends a datagram to a port on which no program listens, as route tracers do it.
    package func send() throws(SystemError) {
        let octets = [UInt8](capacity: 16) { $0.append(destination) }
        guard unsafe teredo_knock_ipv6(socket.rawValue, octets, Self.port) < 0 else { return }
        throw SystemError("sendto", "\(destination)", remedy: "this host has no IPv6 route to the address")
    }

    private static let port: UInt16 = 33_434
}
