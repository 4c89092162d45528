import CTeredoLinux
import Glibc
import TeredoWire

/// Routes that tell a routing daemon of something, in tables that no packet looks into.
extension Netlink {
    /// Adds a route of either family through an interface; one with the same prefix and metric in the table is an error (EEXIST).
    package static func announce(
        _ prefix: AnnouncedPrefix,
        table: UInt32,
        interface index: Int32,
        metric: UInt32
    ) throws(SystemError) {
        try change(RTM_NEWROUTE, createExclusively, prefix, table, index, metric)
    }

    /// Removes such a route; that there is none is an error (ESRCH).
    package static func retract(
        _ prefix: AnnouncedPrefix,
        table: UInt32,
        interface index: Int32,
        metric: UInt32
    ) throws(SystemError) {
        try change(RTM_DELROUTE, acknowledged, prefix, table, index, metric)
    }

    /// The routes of either family that a table has through an interface, with their metrics.
    package static func announced(
        table: UInt32,
        interface index: Int32
    ) throws(SystemError) -> [(prefix: AnnouncedPrefix, metric: UInt32)] {
        var result: [(prefix: AnnouncedPrefix, metric: UInt32)] = []
        // The kernel looks through its tables, which are large on a router, and tells only of this interface.
        let socket = try OwnedFileDescriptor(teredo_netlink_socket(0), "socket", "netlink")
        teredo_netlink_filter_dumps(socket.rawValue, 1)
        for family in [AF_INET, AF_INET6] {
            var message = NetlinkMessage(RTM_GETROUTE, dump, route(family: family, length: 0))
            message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
            let replies = try exchange(message, "routes", through: socket.rawValue)
            for reply in replies where reply.type == RTM_NEWROUTE {
                guard let route = reply.structure(rtmsg.self) else { continue }
                let attributes = reply.attributes(after: rtmsg.self)
                let found = attributes[Int(RTA_TABLE.rawValue)].flatMap(number) ?? UInt32(route.rtm_table)
                guard found == table, attributes[Int(RTA_OIF.rawValue)].flatMap(number) == UInt32(bitPattern: index),
                    let octets = attributes[Int(RTA_DST.rawValue)],
                    let prefix = prefix(octets, length: Int(route.rtm_dst_len))
                else { continue }
                result.append((prefix, attributes[Int(RTA_PRIORITY.rawValue)].flatMap(number) ?? 0))
            }
        }
        return result
    }

    private static func prefix(_ octets: ArraySlice<UInt8>, length: Int) -> AnnouncedPrefix? {
        switch octets.count {
        case 4 where length <= 32:
            .ipv4(IPv4Prefix(IPv4Address(rawValue: octets.span.bigEndianUInt32(at: 0)), length: length))
        case 16 where length <= 128: .ipv6(IPv6Prefix(octets.span.ipv6Address(at: 0), length: length))
        default: nil
        }
    }

    /// Brings an interface up that carries no packets, as it is.
    package static func setUp(interface index: Int32) throws(SystemError) {
        try perform(NetlinkMessage(RTM_NEWLINK, acknowledged, link(index, isUp: true)), "interface \(index)", nil)
    }

    private static func change(
        _ type: Int,
        _ flags: CInt,
        _ prefix: AnnouncedPrefix,
        _ table: UInt32,
        _ index: Int32,
        _ metric: UInt32
    ) throws(SystemError) {
        let destination: [UInt8]
        var structure: rtmsg
        switch prefix {
        case .ipv4(let prefix):
            destination = [UInt8](capacity: 4) { $0.append(bigEndian: prefix.address.rawValue) }
            structure = route(family: AF_INET, length: prefix.length)
            structure.rtm_scope = UInt8(RT_SCOPE_LINK.rawValue)
        case .ipv6(let prefix):
            destination = octets(prefix.address)
            structure = route(family: AF_INET6, length: prefix.length)
        }
        structure.rtm_table = UInt8(RT_TABLE_UNSPEC.rawValue)
        structure.rtm_protocol = UInt8(RTPROT_STATIC)
        structure.rtm_type = UInt8(RTN_UNICAST)
        var message = NetlinkMessage(type, flags, structure)
        message.attributes.add(RTA_DST, destination)
        message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
        message.attributes.add(RTA_TABLE, table)
        message.attributes.add(RTA_PRIORITY, metric)
        try perform(message, "route \(prefix) in table \(table)", nil)
    }
}
