import CTeredoLinux
import Glibc
import TeredoWire

/// What the kernel has for one interface.
extension Netlink {
    /// Looks at an interface; `nil` when the network namespace has none with this index.
    package static func state(ofInterface index: Int32, socket: CInt? = nil) throws(SystemError) -> InterfaceState? {
        guard var state = try link(withIndex: index, socket) else { return nil }
        state.addresses = try addresses(ofInterface: index, socket)
        state.routes = try routes(through: index, socket)
        state.rules = try Set(rules(socket: socket))
        return state
    }

    /// The name of an interface; `nil` when the network namespace has none with this index.
    package static func name(ofInterface index: Int32, socket: CInt? = nil) throws(SystemError) -> String? {
        try link(withIndex: index, socket)?.name
    }

    /// Opens a socket for requests.
    package static func open() throws(SystemError) -> OwnedFileDescriptor {
        try OwnedFileDescriptor(teredo_netlink_socket(0), "socket", "netlink")
    }

    /// The rules that lead packets from one address to a table.
    package static func rules(socket: CInt? = nil) throws(SystemError) -> [IPv6Rule] {
        var wanted = fib_rule_hdr()
        wanted.family = UInt8(AF_INET6)
        return try exchange(NetlinkMessage(RTM_GETRULE, dump, wanted), "rules", socket).compactMap { reply in
            guard reply.type == RTM_NEWRULE, let rule = reply.structure(fib_rule_hdr.self), rule.src_len == 128
            else { return nil }
            let attributes = reply.attributes(after: fib_rule_hdr.self)
            guard let source = attributes[Int(FRA_SRC)].flatMap(ipv6Address),
                let priority = attributes[Int(FRA_PRIORITY)].flatMap(number)
            else { return nil }
            let table = attributes[Int(FRA_TABLE)].flatMap(number) ?? UInt32(rule.table)
            return IPv6Rule(from: source, table: table, priority: priority)
        }
    }

    private static func link(withIndex index: Int32, _ socket: CInt?) throws(SystemError) -> InterfaceState? {
        let replies: [NetlinkReply]
        do {
            replies = try exchange(NetlinkMessage(RTM_GETLINK, acknowledged, link(index)), "interface \(index)", socket)
        } catch {
            guard error.code == ENODEV else { throw error }
            return nil
        }
        guard let reply = replies.first(where: { $0.type == RTM_NEWLINK }), let link = reply.structure(ifinfomsg.self)
        else { return nil }
        let attributes = reply.attributes(after: ifinfomsg.self)
        let families = attributes[Int(IFLA_AF_SPEC)].map { NetlinkReply.attributes(in: $0) } ?? [:]
        let ipv6 = families[Int(AF_INET6)].map { NetlinkReply.attributes(in: $0) }
        let settings = ipv6?[Int(IFLA_INET6_CONF)] ?? []
        let isDisabled = number(settings.dropFirst(4 * TEREDO_DISABLE_IPV6).prefix(4)) == 1
        var state = InterfaceState(
            name: attributes[Int(IFLA_IFNAME)].map(text) ?? "",
            isUp: link.ifi_flags & UInt32(IFF_UP) != 0,
            mtu: attributes[Int(IFLA_MTU)].flatMap(number).map(Int.init) ?? 0,
            ipv6: ipv6 == nil ? .absent : isDisabled ? .disabled : .enabled
        )
        if let mode = ipv6?[Int(IFLA_INET6_ADDR_GEN_MODE)]?.first {
            state.makesLinkLocalAddress = mode != UInt8(IN6_ADDR_GEN_MODE_NONE.rawValue)
        }
        return state
    }

    private static func addresses(ofInterface index: Int32, _ socket: CInt?) throws(SystemError) -> Set<IPv6Address> {
        let own = try dumpAddresses(family: AF_INET6, socket).filter { $0.0.ifa_index == UInt32(bitPattern: index) }
        return Set(own.compactMap { $0.1[Int(IFA_ADDRESS)].flatMap(ipv6Address) })
    }

    /// The kernel looks through its tables, which are large on a router, and tells only of this interface.
    private static func routes(through index: Int32, _ given: CInt?) throws(SystemError) -> Set<IPv6Route> {
        if let given { return try routes(index, given) }
        let own = try open()
        return try routes(index, own.rawValue)
    }

    private static func routes(_ index: Int32, _ socket: CInt) throws(SystemError) -> Set<IPv6Route> {
        teredo_netlink_filter_dumps(socket, 1)
        defer { teredo_netlink_filter_dumps(socket, 0) }
        var message = NetlinkMessage(RTM_GETROUTE, dump, route(family: AF_INET6, length: 0))
        message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
        let found = try exchange(message, "routes", socket).compactMap { reply -> IPv6Route? in
            guard reply.type == RTM_NEWROUTE, let route = reply.structure(rtmsg.self), route.rtm_dst_len <= 128
            else { return nil }
            let attributes = reply.attributes(after: rtmsg.self)
            guard attributes[Int(RTA_OIF.rawValue)].flatMap(number) == UInt32(bitPattern: index) else { return nil }
            let destination = attributes[Int(RTA_DST.rawValue)].flatMap(ipv6Address) ?? .unspecified
            return IPv6Route(
                IPv6Prefix(destination, length: Int(route.rtm_dst_len)),
                metric: attributes[Int(RTA_PRIORITY.rawValue)].flatMap(number) ?? 0,
                table: attributes[Int(RTA_TABLE.rawValue)].flatMap(number) ?? UInt32(route.rtm_table)
            )
        }
        return Set(found)
    }

    /// A number in the order of octets of this machine.
    static func number(_ octets: ArraySlice<UInt8>) -> UInt32? { NetlinkReply.load(octets, UInt32.self) }

    private static func ipv6Address(_ octets: ArraySlice<UInt8>) -> IPv6Address? {
        octets.count == 16 ? octets.span.ipv6Address(at: 0) : nil
    }
}
