import CTeredoLinux
import Glibc
package import TeredoWire

/// Addresses, routes and links through rtnetlink: no other program is run.
///
/// A netlink socket given as `socket` tells in which network namespace; without one it is that of this process.
package enum Netlink {
    /// Brings an interface up with an MTU in octets, without a link-local address of the kernel's making: Teredo has no
    /// link-local service, and router solicitations of the host must not enter the tunnel.
    package static func bringUp(interface index: Int32, mtu: Int, socket: CInt? = nil) throws(SystemError) {
        var quiet = NetlinkMessage(type: 19, flags: requestAndAcknowledge, fixedPart: link(index, flags: 0, change: 0))
        let mode: [(Int, [UInt8])] = [(8, [UInt8(TEREDO_ADDR_GEN_NONE)])]
        quiet.add(26, nested: [(Int(AF_INET6) | 0x8000, NetlinkMessage.attributes(mode))])
        try perform(quiet, "interface \(index)", socket)
        var message = NetlinkMessage(
            type: 16,
            flags: requestAndAcknowledge,
            fixedPart: link(index, flags: 1, change: 1)
        )
        message.add(4, UInt32(mtu))
        message.add(13, UInt32(1000))
        try perform(message, "interface \(index)", socket)
    }

    /// Gives an interface another MTU.
    package static func setMTU(_ mtu: Int, interface index: Int32, socket: CInt? = nil) throws(SystemError) {
        var message = NetlinkMessage(
            type: 16,
            flags: requestAndAcknowledge,
            fixedPart: link(index, flags: 0, change: 0)
        )
        message.add(4, UInt32(mtu))
        try perform(message, "MTU \(mtu)", socket)
    }

    /// Gives an interface an address, without duplicate address detection.
    package static func addAddress(
        _ address: IPv6Address,
        prefixLength: Int,
        interface index: Int32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeAddress(20, create, address, prefixLength, index, socket)
    }

    /// Takes an address away from an interface.
    package static func removeAddress(
        _ address: IPv6Address,
        prefixLength: Int,
        interface index: Int32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeAddress(21, 0, address, prefixLength, index, socket)
    }

    /// Adds a route through an interface; `length` 0 is the default route, a higher metric loses against a lower one.
    ///
    /// A route with the same prefix and metric is somebody else's and is left alone: that is an error (EEXIST).
    package static func addRoute(
        to prefix: IPv6Address,
        length: Int,
        interface index: Int32,
        metric: UInt32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeRoute(24, createExclusively, prefix, length, index, metric, socket)
    }

    /// Removes a route.
    package static func removeRoute(
        to prefix: IPv6Address,
        length: Int,
        interface index: Int32,
        metric: UInt32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeRoute(25, 0, prefix, length, index, metric, socket)
    }

    /// The IPv4 addresses of all interfaces that are up.
    package static func ipv4Addresses() throws(SystemError) -> [InterfaceAddress<IPv4Address>] {
        let links = try links()
        return try dumpAddresses(family: AF_INET).compactMap { reply, attributes in
            guard let octets = attributes[2] ?? attributes[1], octets.count == 4 else { return nil }
            return interfaceAddress(reply, IPv4Address(rawValue: octets.reduce(0) { $0 << 8 | UInt32($1) }), links)
        }
    }

    /// The IPv6 addresses of all interfaces that are up.
    package static func ipv6Addresses(
        socket: CInt? = nil
    ) throws(SystemError) -> [InterfaceAddress<IPv6Address>] {
        let links = try links(socket)
        return try dumpAddresses(family: AF_INET6, socket).compactMap { reply, attributes in
            guard let octets = attributes[1], octets.count == 16 else { return nil }
            return interfaceAddress(reply, IPv6Address(rawValue: octets.reduce(0) { $0 << 8 | UInt128($1) }), links)
        }
    }

    /// The address that the kernel would send from towards `destination`; `nil` when there is no route.
    package static func sourceAddress(towards destination: IPv4Address) -> IPv4Address? {
        let descriptor = teredo_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        guard teredo_connect_ipv4(descriptor, destination.rawValue, TeredoConstants.udpPort) == 0 else { return nil }
        var address: UInt32 = 0
        var port: UInt16 = 0
        guard unsafe teredo_local_ipv4(descriptor, &address, &port) == 0, address != 0 else { return nil }
        return IPv4Address(rawValue: address)
    }

    /// The router on the way to `destination`; `nil` when there is none, or no way.
    package static func gateway(towards destination: IPv4Address) -> IPv4Address? {
        guard let octets = route(towards: destination, attribute: 5) else { return nil }
        return IPv4Address(rawValue: octets.reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// The index of the interface that IPv4 packets for `destination` leave through; `nil` when there is no route.
    package static func interface(towards destination: IPv4Address) -> Int32? {
        guard let octets = route(towards: destination, attribute: 4) else { return nil }
        // The kernel's numbers are in the order of octets of this machine.
        return unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(as: Int32.self) }
    }

    private static func route(towards destination: IPv4Address, attribute: Int) -> [UInt8]? {
        let fixed = [UInt8(AF_INET), 32] + [UInt8](repeating: 0, count: 10)
        var message = NetlinkMessage(type: 26, flags: requestAndAcknowledge, fixedPart: fixed)
        message.add(1, [UInt8](capacity: 4) { $0.append(bigEndian: destination.rawValue) })
        guard let replies = try? exchange(message, "route to \(destination)"),
            let octets = replies.first(where: { $0.type == 24 })?.attributes(after: 12)[attribute], octets.count == 4
        else { return nil }
        return Array(octets)
    }

    /// Whether a route leads to `destination` through an interface, also when one through another interface is
    /// preferred to it.
    package static func hasRoute(to destination: IPv6Address, interface index: Int32) -> Bool {
        let fixed = [UInt8(AF_INET6), 128] + [UInt8](repeating: 0, count: 10)
        var message = NetlinkMessage(type: 26, flags: requestAndAcknowledge, fixedPart: fixed)
        message.add(1, octets(destination))
        message.add(4, UInt32(bitPattern: index))
        guard let replies = try? exchange(message, "route to \(destination)") else { return false }
        return replies.contains { $0.type == 24 }
    }

    // MARK: Requests

    static let requestAndAcknowledge = 1 | 4
    private static let create = 0x400 | 0x100
    static let createExclusively = 0x400 | 0x200
    private static let dump = 1 | 0x300

    private struct Link {
        let name: String
        let flags: UInt32
    }

    private static func link(_ index: Int32, flags: UInt32, change: UInt32) -> [UInt8] {
        [0, 0, 0, 0] + NetlinkMessage.octets(UInt32(bitPattern: index)) + NetlinkMessage.octets(flags)
            + NetlinkMessage.octets(change)
    }

    static func octets(_ address: IPv6Address) -> [UInt8] { [UInt8](capacity: 16) { $0.append(address) } }

    private static func changeAddress(
        _ type: Int,
        _ flags: Int,
        _ address: IPv6Address,
        _ length: Int,
        _ index: Int32,
        _ socket: CInt?
    ) throws(SystemError) {
        let noDuplicateDetection: UInt8 = 0x02
        let fixed: [UInt8] = [UInt8(AF_INET6), UInt8(length), noDuplicateDetection, 0]
        var message = NetlinkMessage(
            type: type,
            flags: requestAndAcknowledge | flags,
            fixedPart: fixed + NetlinkMessage.octets(UInt32(bitPattern: index))
        )
        message.add(2, octets(address))
        message.add(1, octets(address))
        try perform(message, "address \(address)/\(length)", socket)
    }

    private static func changeRoute(
        _ type: Int,
        _ flags: Int,
        _ prefix: IPv6Address,
        _ length: Int,
        _ index: Int32,
        _ metric: UInt32,
        _ socket: CInt?
    ) throws(SystemError) {
        let table: UInt8 = 254
        let proto: UInt8 = 4
        let unicast: UInt8 = 1
        let fixed: [UInt8] = [UInt8(AF_INET6), UInt8(length), 0, 0, table, proto, 0, unicast, 0, 0, 0, 0]
        var message = NetlinkMessage(type: type, flags: requestAndAcknowledge | flags, fixedPart: fixed)
        if length > 0 { message.add(1, octets(prefix)) }
        message.add(4, UInt32(bitPattern: index))
        message.add(6, metric)
        try perform(message, "route \(prefix)/\(length)", socket)
    }

    private static func links(_ socket: CInt? = nil) throws(SystemError) -> [UInt32: Link] {
        let message = NetlinkMessage(type: 18, flags: dump, fixedPart: link(0, flags: 0, change: 0))
        var result: [UInt32: Link] = [:]
        for reply in try exchange(message, "links", socket) where reply.type == 16 {
            let name = reply.attributes(after: 16)[3].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            result[reply.number(at: 4)] = Link(name: name ?? "", flags: reply.number(at: 8))
        }
        return result
    }

    private static func dumpAddresses(
        family: CInt,
        _ socket: CInt? = nil
    ) throws(SystemError) -> [(NetlinkReply, [Int: ArraySlice<UInt8>])] {
        let message = NetlinkMessage(type: 22, flags: dump, fixedPart: [UInt8(family)] + Array(repeating: 0, count: 7))
        return try exchange(message, "addresses", socket).filter { $0.type == 20 }.map { ($0, $0.attributes(after: 8)) }
    }

    private static func interfaceAddress<Address>(
        _ reply: NetlinkReply,
        _ address: Address,
        _ links: [UInt32: Link]
    ) -> InterfaceAddress<Address>? {
        let index = reply.number(at: 4)
        guard let link = links[index], link.flags & UInt32(IFF_UP) != 0 else { return nil }
        return InterfaceAddress(
            address: address,
            prefixLength: Int(reply.body[reply.body.startIndex + 1]),
            interfaceIndex: Int32(bitPattern: index),
            interfaceName: link.name,
            isLoopback: link.flags & UInt32(IFF_LOOPBACK) != 0,
            isMulticastCapable: link.flags & UInt32(IFF_MULTICAST) != 0
        )
    }

    static func perform(_ message: NetlinkMessage, _ subject: String, _ socket: CInt?) throws(SystemError) {
        _ = try exchange(message, subject, socket)
    }

    /// Sends a request and collects the answer up to its acknowledgement or end.
    private static func exchange(
        _ message: NetlinkMessage,
        _ subject: String,
        _ given: CInt? = nil
    ) throws(SystemError) -> [NetlinkReply] {
        if let given { return try exchange(message, subject, through: given) }
        let socket = try OwnedFileDescriptor(teredo_netlink_socket(0), "socket", "netlink")
        return try exchange(message, subject, through: socket.rawValue)
    }

    private static func exchange(
        _ message: NetlinkMessage,
        _ subject: String,
        through socket: CInt
    ) throws(SystemError) -> [NetlinkReply] {
        let sent = unsafe message.bytes.withUnsafeBufferPointer {
            unsafe Glibc.send(socket, $0.baseAddress, $0.count, 0)
        }
        guard sent >= 0 else { throw SystemError("netlink", subject) }
        var replies: [NetlinkReply] = []
        while true {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = max(0, unsafe recv(socket, buffer.baseAddress, buffer.count, 0))
            }
            guard !bytes.isEmpty else {
                if errno == EINTR { continue }
                throw SystemError("netlink", subject)
            }
            for reply in NetlinkReply.split(bytes) {
                switch reply.type {
                case 3: return replies
                case 2: return try acknowledged(reply, replies, subject)
                default: replies.append(reply)
                }
            }
        }
    }

    private static func acknowledged(
        _ reply: NetlinkReply,
        _ replies: [NetlinkReply],
        _ subject: String
    ) throws(SystemError) -> [NetlinkReply] {
        let code = -Int32(bitPattern: reply.number(at: 0))
        guard code != 0 else { return replies }
        let detail = reply.attributes(after: 20)[1].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let remedy = code == EPERM ? "changing interfaces and routes needs CAP_NET_ADMIN" : detail ?? ""
        throw SystemError("netlink", subject, code: code, remedy: remedy)
    }
}
