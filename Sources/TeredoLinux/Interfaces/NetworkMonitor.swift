import CTeredoLinux
import Glibc

/// Becomes readable when links, addresses or IPv4 routes of the host change.
package struct NetworkMonitor: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Starts listening; where IPv6 routes matter, to their changes too, which are many on a router.
    package init(watchesIPv6Routes: Bool = false) throws(SystemError) {
        owned = try OwnedFileDescriptor(
            teredo_netlink_socket(
                UInt32(TEREDO_MONITOR_GROUPS) | (watchesIPv6Routes ? UInt32(TEREDO_IPV6_ROUTE_GROUP) : 0)
            ),
            "socket",
            "netlink monitor"
        )
    }

    /// Forgets the changes that were told; the caller looks at the state of the host itself.
    package func drain() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT)) > 0 {}
    }
}
