import CTeredoLinux
import Glibc
import TeredoWire

/// Routes of any table, and the rules that lead to tables.
extension Netlink {
    /// Adds a route through an interface; one with the same prefix and metric in the table is an error (EEXIST).
    package static func add(
        _ route: IPv6Route,
        interface index: Int32,
        socket: CInt? = nil
    ) throws(SystemError) {
        try change(RTM_NEWROUTE, createExclusively, route, index, socket)
    }

    /// Removes a route through an interface.
    package static func remove(_ route: IPv6Route, interface index: Int32, socket: CInt? = nil) throws(SystemError) {
        try change(RTM_DELROUTE, acknowledged, route, index, socket)
    }

    /// Has packets from an address look into a table before others do.
    ///
    /// systemd-networkd removes rules that it did not make whenever it starts, but for those of the kernel's own protocol.
    package static func add(_ rule: IPv6Rule, socket: CInt? = nil) throws(SystemError) {
        var message = request(RTM_NEWRULE, createExclusively, sourceLength: 128, rule.table, rule.priority)
        message.attributes.add(FRA_SRC, octets(rule.source))
        message.attributes.add(FRA_PROTOCOL, [UInt8(RTPROT_KERNEL)])
        try perform(message, "rule from \(rule.source)", socket)
    }

    /// Removes a rule.
    package static func remove(_ rule: IPv6Rule, socket: CInt? = nil) throws(SystemError) {
        var message = request(RTM_DELRULE, acknowledged, sourceLength: 128, rule.table, rule.priority)
        message.attributes.add(FRA_SRC, octets(rule.source))
        try perform(message, "rule from \(rule.source)", socket)
    }

    private static func request(
        _ type: Int,
        _ flags: CInt,
        sourceLength: UInt8,
        _ table: UInt32,
        _ priority: UInt32
    ) -> NetlinkMessage {
        var rule = fib_rule_hdr()
        rule.family = UInt8(AF_INET6)
        rule.src_len = sourceLength
        rule.action = UInt8(FR_ACT_TO_TBL)
        var message = NetlinkMessage(type, flags, rule)
        message.attributes.add(FRA_PRIORITY, priority)
        message.attributes.add(FRA_TABLE, table)
        return message
    }

    private static func change(
        _ type: Int,
        _ flags: CInt,
        _ route: IPv6Route,
        _ index: Int32,
        _ socket: CInt?
    ) throws(SystemError) {
        var structure = Self.route(family: AF_INET6, length: route.prefix.length)
        // The number of the table can be too large for the structure: an attribute has it.
        structure.rtm_table = UInt8(RT_TABLE_UNSPEC.rawValue)
        structure.rtm_protocol = UInt8(route.isOnLink ? RTPROT_KERNEL : RTPROT_STATIC)
        structure.rtm_type = UInt8(RTN_UNICAST)
        var message = NetlinkMessage(type, flags, structure)
        if route.prefix.length > 0 { message.attributes.add(RTA_DST, octets(route.prefix.address)) }
        message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
        message.attributes.add(RTA_TABLE, route.table)
        message.attributes.add(RTA_PRIORITY, route.metric)
        try perform(message, "route \(route.prefix)", socket)
    }
}
