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
