import CTeredoLinux
import Glibc
package import TeredoWire

/// A UDP socket for a tunnel: DF clear, outer ECN and DSCP zero (SEC-61) but for data, large buffers, never blocking.
///
/// A socket that is bound to an endpoint hears ICMPv4 errors about what it sent: whoever waits for it takes them with
/// ``takeErrors(_:)`` whenever nothing was received, or else it stays ready.
package struct UDPSocket: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Binds a socket to `endpoint`; port 0 lets the kernel choose.
    ///
    /// Sockets that share a port each get the datagrams of some senders, always of the same ones. Where this process may not have the port,
    /// `binder` is asked.
    package init(bind endpoint: UDPEndpoint, sharesPort: Bool = false, by binder: Binder? = nil) throws(SystemError) {
        let socket = try Self.open("UDP \(endpoint)")
        if sharesPort { _ = teredo_set_option(socket.rawValue, SOL_SOCKET, SO_REUSEPORT, 1) }
        _ = teredo_set_option(socket.rawValue, CInt(IPPROTO_IP), IP_RECVERR, 1)
        do {
            try Self.bind(socket.rawValue, endpoint)
        } catch {
            guard error.code == EACCES, let binder, binder(socket.rawValue) else { throw error }
        }
        owned = socket
    }

    /// Binds a socket to the one port that this process may not have by itself; returns whether it is bound.
    package typealias Binder = (_ descriptor: CInt) -> Bool

    /// Binds a socket that hears a multicast group beside other programs that do; join interfaces with
    /// ``join(_:onInterface:)``.
    package init(listeningTo group: UDPEndpoint) throws(SystemError) {
        let socket = try Self.open("UDP \(group)")
        _ = teredo_set_option(socket.rawValue, SOL_SOCKET, SO_REUSEADDR, 1)
        _ = teredo_set_option(socket.rawValue, SOL_SOCKET, SO_REUSEPORT, 1)
        try Self.bind(socket.rawValue, group)
        owned = socket
    }

    /// Takes over a socket from an earlier process of the role, with what waits in it; `nil`, with the socket closed, when it is
    /// bound to another endpoint.
    package init?(takingOver descriptor: CInt, boundTo endpoint: UDPEndpoint) {
        guard let socket = try? OwnedFileDescriptor(descriptor, "dup", "UDP \(endpoint)") else { return nil }
        guard Self.localEndpoint(of: descriptor) == endpoint else { return nil }
        owned = socket
    }

    /// Takes the place of this socket under its descriptor: whoever knows that goes on with the other one, but for
    /// event loops, which have to be told.
    package func replace(with other: borrowing UDPSocket) throws(SystemError) {
        guard dup2(other.descriptor, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw SystemError("dup2", "UDP \(other.localEndpoint)")
        }
    }

    /// The endpoint that the socket is bound to.
    package var localEndpoint: UDPEndpoint { Self.localEndpoint(of: descriptor) }

    /// The endpoint that a socket of another process is bound to.
    package static func localEndpoint(of descriptor: CInt) -> UDPEndpoint {
        var address: UInt32 = 0
        var port: UInt16 = 0
        _ = unsafe teredo_local_ipv4(descriptor, &address, &port)
        return UDPEndpoint(IPv4Address(rawValue: address), port)
    }

    /// Has datagrams of one IPv4 address go to always the same of the `count` sockets that share the port.
    package func steerBySource(among count: Int) { _ = teredo_steer_by_source(descriptor, UInt32(count)) }

    /// Joins a multicast group on one interface; an interface that was joined already is no error.
    package func join(_ group: IPv4Address, onInterface index: Int32) throws(SystemError) {
        guard teredo_membership(descriptor, 1, group.rawValue, index) != 0, errno != EADDRINUSE else { return }
        throw SystemError("setsockopt(IP_ADD_MEMBERSHIP)", "\(group) on interface \(index)")
    }

    /// Leaves a multicast group on one interface.
    package func leave(_ group: IPv4Address, onInterface index: Int32) {
        _ = teredo_membership(descriptor, 0, group.rawValue, index)
    }

    private static func open(_ subject: String) throws(SystemError) -> OwnedFileDescriptor {
        let socket = try OwnedFileDescriptor(teredo_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), "socket", subject)
        try configure(socket.rawValue, subject)
        return socket
    }

    private static func configure(_ descriptor: CInt, _ subject: String) throws(SystemError) {
        let options: [(name: String, option: CInt, value: CInt)] = [
            // Routers fragment what has DF clear, and none says that it is too long: who does forges it (SEC-38).
            ("IP_MTU_DISCOVER", IP_MTU_DISCOVER, IP_PMTUDISC_OMIT),
            ("IP_TOS", IP_TOS, 0),
            ("IP_MULTICAST_TTL", IP_MULTICAST_TTL, 1),
            ("IP_MULTICAST_LOOP", IP_MULTICAST_LOOP, 0),
            // Or else the socket hears the groups that other programs joined.
            ("IP_MULTICAST_ALL", IP_MULTICAST_ALL, 0),
        ]
        for (name, option, value) in options
        where teredo_set_option(descriptor, CInt(IPPROTO_IP), option, value) != 0 {
            throw SystemError("setsockopt(\(name))", subject)
        }
        // Forced sizes need CAP_NET_ADMIN; the plain ones are capped by the system's limit.
        guard !forceBuffers(of: descriptor) else { return }
        for plain in [SO_RCVBUF, SO_SNDBUF] { _ = teredo_set_option(descriptor, SOL_SOCKET, plain, bufferLength) }
    }

    /// Whether a descriptor is that of a socket for UDP over IPv4.
    package static func isSocket(_ descriptor: CInt) -> Bool {
        option(SO_DOMAIN, of: descriptor) == AF_INET && option(SO_TYPE, of: descriptor) == CInt(SOCK_DGRAM.rawValue)
    }

    /// Gives a socket of another process the buffers that every one of these has that was made with CAP_NET_ADMIN; throws when this
    /// process may not do that, as in a user namespace.
    package static func enlargeBuffers(of descriptor: CInt) throws(SystemError) {
        guard forceBuffers(of: descriptor) else { throw SystemError("setsockopt(SO_RCVBUFFORCE)", "UDP socket") }
    }

    private static func forceBuffers(of descriptor: CInt) -> Bool {
        [SO_RCVBUFFORCE, SO_SNDBUFFORCE].allSatisfy {
            teredo_set_option(descriptor, SOL_SOCKET, $0, bufferLength) == 0
        }
    }

    private static func option(_ option: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }

    /// Binds a socket, which may be of another process.
    package static func bind(_ descriptor: CInt, _ endpoint: UDPEndpoint) throws(SystemError) {
        guard teredo_bind_ipv4(descriptor, endpoint.address.rawValue, endpoint.port) == 0 else {
            let remedy =
                switch errno {
                case EADDRINUSE: "another program uses this port; stop it or choose another port"
                case EADDRNOTAVAIL: "this host has no such address; `ip -4 address` lists those it has"
                case EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE"
                default: ""
                }
            throw SystemError("bind", "UDP \(endpoint)", remedy: remedy)
        }
    }

    private static let bufferLength: CInt = 4 << 20
}
