import CTeredoLinux
import Glibc
package import TeredoWire

/// Routing tables beside the main one, and the rules that lead to them.
extension Netlink {
    /// Adds a default route through an interface to a table.
    package static func addDefaultRoute(interface index: Int32, table: UInt32, socket: CInt?) throws(SystemError) {
        try changeDefaultRoute(RTM_NEWROUTE, createExclusively, index, table, socket)
    }

    /// Removes that route.
    package static func removeDefaultRoute(interface index: Int32, table: UInt32, socket: CInt?) throws(SystemError) {
        try changeDefaultRoute(RTM_DELROUTE, acknowledged, index, table, socket)
    }

    /// Has packets from an address look into a table before others do.
    package static func addRule(
        from address: IPv6Address,
        table: UInt32,
        priority: UInt32,
        socket: CInt?
    ) throws(SystemError) {
        var message = rule(RTM_NEWRULE, createExclusively, sourceLength: 128, table, priority)
        message.attributes.add(FRA_SRC, octets(address))
        try perform(message, "rule from \(address)", socket)
    }

    /// Removes all rules of a preference that lead to a table.
    package static func removeRules(table: UInt32, priority: UInt32, socket: CInt?) {
        // More than there ever are, so that a kernel that says yes for ever does not hold the role up.
        for _ in 0..<64 {
            let message = rule(RTM_DELRULE, acknowledged, sourceLength: 0, table, priority)
            guard (try? perform(message, "rules of table \(table)", socket)) != nil else { return }
        }
    }

    private static func rule(
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

    private static func changeDefaultRoute(
        _ type: Int,
        _ flags: CInt,
        _ index: Int32,
        _ table: UInt32,
        _ socket: CInt?
    ) throws(SystemError) {
        // The number of the table can be too large for the structure: an attribute has it.
        var message = NetlinkMessage(type, flags, staticRoute(length: 0, table: RT_TABLE_UNSPEC))
        message.attributes.add(RTA_OIF, UInt32(bitPattern: index))
        message.attributes.add(RTA_TABLE, table)
        try perform(message, "default route of table \(table)", socket)
    }
}
