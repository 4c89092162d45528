import Glibc
package import TeredoWire

/// Routing tables beside the main one, and the rules that lead to them.
extension Netlink {
    /// Adds a default route through an interface to a table.
    package static func addDefaultRoute(interface index: Int32, table: UInt32, socket: CInt?) throws(SystemError) {
        try changeDefaultRoute(24, createExclusively, index, table, socket)
    }

    /// Removes that route.
    package static func removeDefaultRoute(interface index: Int32, table: UInt32, socket: CInt?) throws(SystemError) {
        try changeDefaultRoute(25, 0, index, table, socket)
    }

    /// Has packets from an address look into a table before others do.
    package static func addRule(
        from address: IPv6Address,
        table: UInt32,
        priority: UInt32,
        socket: CInt?
    ) throws(SystemError) {
        var message = rule(32, createExclusively, sourceLength: 128, table, priority)
        message.add(2, octets(address))
        try perform(message, "rule from \(address)", socket)
    }

    /// Removes all rules of a preference that lead to a table.
    package static func removeRules(table: UInt32, priority: UInt32, socket: CInt?) {
        // More than there ever are, so that a kernel that says yes for ever does not hold the role up.
        for _ in 0..<64 {
            let message = rule(33, 0, sourceLength: 0, table, priority)
            guard (try? perform(message, "rules of table \(table)", socket)) != nil else { return }
        }
    }

    private static func rule(
        _ type: Int,
        _ flags: Int,
        sourceLength: UInt8,
        _ table: UInt32,
        _ priority: UInt32
    ) -> NetlinkMessage {
        let toTable: UInt8 = 1
        let fixed: [UInt8] = [UInt8(AF_INET6), 0, sourceLength, 0, 0, 0, 0, toTable, 0, 0, 0, 0]
        var message = NetlinkMessage(type: type, flags: requestAndAcknowledge | flags, fixedPart: fixed)
        message.add(6, priority)
        message.add(15, table)
        return message
    }

    private static func changeDefaultRoute(
        _ type: Int,
        _ flags: Int,
        _ index: Int32,
        _ table: UInt32,
        _ socket: CInt?
    ) throws(SystemError) {
        let fixed: [UInt8] = [UInt8(AF_INET6), 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0]
        var message = NetlinkMessage(type: type, flags: requestAndAcknowledge | flags, fixedPart: fixed)
        message.add(4, UInt32(bitPattern: index))
        message.add(15, table)
        try perform(message, "default route of table \(table)", socket)
    }
}
