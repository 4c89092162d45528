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
        var mode = NetlinkAttributes()
        mode.add(IFLA_INET6_ADDR_GEN_MODE, [UInt8(IN6_ADDR_GEN_MODE_NONE.rawValue)])
        var family = NetlinkAttributes()
        family.add(Int(AF_INET6), nested: mode)
        var quiet = NetlinkMessage(RTM_SETLINK, acknowledged, link(index))
        quiet.attributes.add(IFLA_AF_SPEC, nested: family)
        try perform(quiet, "interface \(index)", socket)
        var message = NetlinkMessage(RTM_NEWLINK, acknowledged, link(index, isUp: true))
        message.attributes.add(IFLA_MTU, UInt32(mtu))
        message.attributes.add(IFLA_TXQLEN, queueLength)
        try perform(message, "interface \(index)", socket)
    }

    /// Gives an interface another MTU.
    package static func setMTU(_ mtu: Int, interface index: Int32, socket: CInt? = nil) throws(SystemError) {
        var message = NetlinkMessage(RTM_NEWLINK, acknowledged, link(index))
        message.attributes.add(IFLA_MTU, UInt32(mtu))
        try perform(message, "MTU \(mtu)", socket)
    }

    /// Gives an interface an address, without duplicate address detection.
    package static func addAddress(
        _ address: IPv6Address,
        prefixLength: Int,
        interface index: Int32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeAddress(RTM_NEWADDR, create, address, prefixLength, index, socket)
    }

    /// Takes an address away from an interface.
    package static func removeAddress(
        _ address: IPv6Address,
        prefixLength: Int,
        interface index: Int32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try changeAddress(RTM_DELADDR, acknowledged, address, prefixLength, index, socket)
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
        try add(IPv6Route(IPv6Prefix(prefix, length: length), metric: metric), interface: index, socket: socket)
    }

    /// Removes a route.
    package static func removeRoute(
        to prefix: IPv6Address,
        length: Int,
        interface index: Int32,
        metric: UInt32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try remove(IPv6Route(IPv6Prefix(prefix, length: length), metric: metric), interface: index, socket: socket)
    }

    /// The IPv4 addresses of all interfaces that are up.
    package static func ipv4Addresses() throws(SystemError) -> [InterfaceAddress<IPv4Address>] {
        let links = try links()
        return try dumpAddresses(family: AF_INET).compactMap { place, attributes in
            guard let address = (attributes[IFA_LOCAL] ?? attributes[IFA_ADDRESS]).flatMap(ipv4Address) else {
                return nil
            }
            return interfaceAddress(place, address, links)
        }
    }

    /// The IPv6 addresses of all interfaces that are up.
    package static func ipv6Addresses(
        socket: CInt? = nil
    ) throws(SystemError) -> [InterfaceAddress<IPv6Address>] {
        let links = try links(socket)
        return try dumpAddresses(family: AF_INET6, socket).compactMap { place, attributes in
            guard let octets = attributes[IFA_ADDRESS], octets.count == 16 else { return nil }
            return interfaceAddress(place, octets.span.ipv6Address(at: 0), links)
        }
    }

    /// The address that the kernel would send from towards `destination`; `nil` when there is no route.
    ///
    /// With `source`, of a socket that is bound to it, the way is the one that the rules of the host have for that address.
    package static func sourceAddress(
        towards destination: IPv4Address,
        from source: IPv4Address? = nil
    ) -> IPv4Address? {
        let descriptor = teredo_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        if let source { guard teredo_bind_ipv4(descriptor, source.rawValue, 0) == 0 else { return nil } }
        guard teredo_connect_ipv4(descriptor, destination.rawValue, discardPort) == 0 else { return nil }
        var address: UInt32 = 0
        var port: UInt16 = 0
        guard unsafe teredo_local_ipv4(descriptor, &address, &port) == 0, address != 0 else { return nil }
        return IPv4Address(rawValue: address)
    }

    /// The router on the way to `destination`, for packets from `source` when given; `nil` when there is none, or no way.
    package static func gateway(towards destination: IPv4Address, from source: IPv4Address? = nil) -> IPv4Address? {
        route(towards: destination, from: source, attribute: RTA_GATEWAY).flatMap(ipv4Address)
    }

    /// The index of the interface that IPv4 packets for `destination` leave through, from `source` when given; `nil` when
    /// there is no route.
    package static func interface(towards destination: IPv4Address, from source: IPv4Address? = nil) -> Int32? {
        route(towards: destination, from: source, attribute: RTA_OIF).flatMap(number).map { Int32(bitPattern: $0) }
    }

    private static func route(
        towards destination: IPv4Address,
        from source: IPv4Address?,
        attribute: rtattr_type_t
    ) -> ArraySlice<UInt8>? {
        var route = route(family: AF_INET, length: 32)
        if source != nil { route.rtm_src_len = 32 }
        var message = NetlinkMessage(RTM_GETROUTE, acknowledged, route)
        message.attributes.add(RTA_DST, [UInt8](capacity: 4) { $0.append(bigEndian: destination.rawValue) })
        if let source {
            message.attributes.add(RTA_SRC, [UInt8](capacity: 4) { $0.append(bigEndian: source.rawValue) })
        }
        guard let replies = try? exchange(message, "route to \(destination)"),
            let reply = replies.first(where: { $0.type == RTM_NEWROUTE })
        else { return nil }
        return reply.attributes(after: rtmsg.self)[Int(attribute.rawValue)]
    }

    /// Whether a route leads to `destination` through an interface, also when one through another interface is
    /// preferred to it.
    package static func hasRoute(to destination: IPv6Address, interface index: Int32) -> Bool {
        var message = NetlinkMessage(RTM_GETROUTE, acknowledged, route(family: AF_INET6, length: 128))
        message.attributes.add(RTA_DST, octets(destination))
        message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
        guard let replies = try? exchange(message, "route to \(destination)") else { return false }
        return replies.contains { $0.type == RTM_NEWROUTE }
    }

    // MARK: Requests

    static let acknowledged = NLM_F_ACK
    private static let create = acknowledged | NLM_F_CREATE | NLM_F_REPLACE
    static let createExclusively = acknowledged | NLM_F_CREATE | NLM_F_EXCL
    static let dump = NLM_F_ROOT | NLM_F_MATCH
    /// The port of the discard service (RFC 863): nothing is sent there, but a socket needs a port to be connected to.
    private static let discardPort: UInt16 = 9
    /// How many packets may wait in the interface.
    private static let queueLength: UInt32 = 1000

    private struct Link {
        let name: String
        let flags: UInt32
    }

    static func link(_ index: Int32, isUp: Bool = false) -> ifinfomsg {
        var link = ifinfomsg()
        link.ifi_index = index
        if isUp {
            link.ifi_flags = UInt32(IFF_UP)
            link.ifi_change = UInt32(IFF_UP)
        }
        return link
    }

    static func octets(_ address: IPv6Address) -> [UInt8] { [UInt8](capacity: 16) { $0.append(address) } }

    private static func ipv4Address(_ octets: ArraySlice<UInt8>) -> IPv4Address? {
        octets.count == 4 ? IPv4Address(rawValue: octets.span.bigEndianUInt32(at: 0)) : nil
    }

    private static func changeAddress(
        _ type: Int,
        _ flags: CInt,
        _ address: IPv6Address,
        _ length: Int,
        _ index: Int32,
        _ socket: CInt?
    ) throws(SystemError) {
        var place = ifaddrmsg()
        place.ifa_family = UInt8(AF_INET6)
        place.ifa_prefixlen = UInt8(length)
        place.ifa_flags = UInt8(IFA_F_NODAD)
        place.ifa_index = UInt32(bitPattern: index)
        var message = NetlinkMessage(type, flags, place)
        message.attributes.add(IFA_LOCAL, octets(address))
        message.attributes.add(IFA_ADDRESS, octets(address))
        try perform(message, "address \(address)/\(length)", socket)
    }

    /// The structure of a request about routes to a prefix.
    static func route(family: CInt, length: Int) -> rtmsg {
        var route = rtmsg()
        route.rtm_family = UInt8(family)
        route.rtm_dst_len = UInt8(length)
        return route
    }

    private static func links(_ socket: CInt? = nil) throws(SystemError) -> [UInt32: Link] {
        let message = NetlinkMessage(RTM_GETLINK, dump, link(0))
        var result: [UInt32: Link] = [:]
        for reply in try exchange(message, "links", socket) where reply.type == RTM_NEWLINK {
            guard let link = reply.structure(ifinfomsg.self) else { continue }
            let name = reply.attributes(after: ifinfomsg.self)[IFLA_IFNAME].map(text)
            result[UInt32(bitPattern: link.ifi_index)] = Link(name: name ?? "", flags: link.ifi_flags)
        }
        return result
    }

    /// The text of an attribute, up to the octet 0 that ends it.
    static func text(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
    }

    static func dumpAddresses(
        family: CInt,
        _ socket: CInt? = nil
    ) throws(SystemError) -> [(ifaddrmsg, [Int: ArraySlice<UInt8>])] {
        var wanted = ifaddrmsg()
        wanted.ifa_family = UInt8(family)
        let replies = try exchange(NetlinkMessage(RTM_GETADDR, dump, wanted), "addresses", socket)
        return replies.compactMap { reply in
            guard reply.type == RTM_NEWADDR, let place = reply.structure(ifaddrmsg.self) else { return nil }
            return (place, reply.attributes(after: ifaddrmsg.self))
        }
    }

    private static func interfaceAddress<Address>(
        _ place: ifaddrmsg,
        _ address: Address,
        _ links: [UInt32: Link]
    ) -> InterfaceAddress<Address>? {
        guard let link = links[place.ifa_index], link.flags & UInt32(IFF_UP) != 0 else { return nil }
        return InterfaceAddress(
            address: address,
            prefixLength: Int(place.ifa_prefixlen),
            interfaceIndex: Int32(bitPattern: place.ifa_index),
            interfaceName: link.name,
            isRunning: link.flags & UInt32(IFF_RUNNING) != 0,
            isLoopback: link.flags & UInt32(IFF_LOOPBACK) != 0,
            isMulticastCapable: link.flags & UInt32(IFF_MULTICAST) != 0
        )
    }

    static func perform(_ message: NetlinkMessage, _ subject: String, _ socket: CInt?) throws(SystemError) {
        _ = try exchange(message, subject, socket)
    }

    /// Sends a request and collects the answer up to its acknowledgement or end.
    static func exchange(
        _ message: NetlinkMessage,
        _ subject: String,
        _ given: CInt? = nil
    ) throws(SystemError) -> [NetlinkReply] {
        if let given { return try exchange(message, subject, through: given) }
        let socket = try open()
        return try exchange(message, subject, through: socket.rawValue)
    }

    static func exchange(
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
                switch Int32(reply.type) {
                case NLMSG_DONE: return replies
                case NLMSG_ERROR: return try concluded(reply, replies, subject)
                default: replies.append(reply)
                }
            }
        }
    }

    /// What came before an acknowledgement, unless that tells of an error.
    private static func concluded(
        _ reply: NetlinkReply,
        _ replies: [NetlinkReply],
        _ subject: String
    ) throws(SystemError) -> [NetlinkReply] {
        let code = -(reply.structure(nlmsgerr.self)?.error ?? -EBADMSG)
        guard code != 0 else { return replies }
        let detail = reply.attributes(after: nlmsgerr.self)[Int(NLMSGERR_ATTR_MSG.rawValue)].map(text)
        let remedy = code == EPERM ? "changing interfaces and routes needs CAP_NET_ADMIN" : detail ?? ""
        throw SystemError("netlink", subject, code: code, remedy: remedy)
    }
}
