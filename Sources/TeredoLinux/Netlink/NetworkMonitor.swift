import CTeredoLinux
import Glibc

/// Becomes readable when links, addresses, routes or rules of the host change.
package final class NetworkMonitor: Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Starts listening to links, addresses, rules and IPv4 routes; with `watchesIPv6Routes` to IPv6 routes too.
    package init(watchesIPv6Routes: Bool = false) throws(SystemError) {
        let usual = UInt32(TEREDO_MONITOR_GROUPS) | UInt32(TEREDO_IPV6_RULE_GROUP)
        owned = try OwnedFileDescriptor(
            teredo_netlink_socket(usual | (watchesIPv6Routes ? UInt32(TEREDO_IPV6_ROUTE_GROUP) : 0)),
            "socket",
            "netlink monitor"
        )
    }

    /// Takes over a socket that listens already.
    init(adopting socket: CInt) throws(SystemError) {
        owned = try OwnedFileDescriptor(socket, "socket", "netlink monitor")
    }

    /// Forgets the changes that were told; the caller looks at the state of the host itself.
    package func drain() { _ = drain(minding: nil) }

    /// Forgets the changes that were told, and returns whether there was any but of IPv6 routes through other interfaces
    /// than the one with this index: a router has many of those.
    package func drain(minding index: Int32?) -> Bool {
        var isConcerned = false
        while true {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                count = max(0, unsafe recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT)))
            }
            guard !bytes.isEmpty else {
                // What did not fit was lost, and may have been anything.
                guard errno == ENOBUFS else { return isConcerned }
                isConcerned = true
                continue
            }
            // Without an interface, or once it is clear, nobody has to look into them.
            guard let index, !isConcerned else {
                isConcerned = true
                continue
            }
            isConcerned = NetlinkReply.split(bytes).contains { Self.concerns($0, index) }
        }
    }

    private static func concerns(_ message: NetlinkReply, _ index: Int32) -> Bool {
        guard message.type == RTM_NEWROUTE || message.type == RTM_DELROUTE,
            message.structure(rtmsg.self)?.rtm_family == UInt8(AF_INET6)
        else { return true }
        let interface = message.attributes(after: rtmsg.self)[Int(RTA_OIF.rawValue)].flatMap(Netlink.number)
        return interface == UInt32(bitPattern: index)
    }
}
