import CTeredoLinux
import Glibc

/// Sends whole IPv6 packets, header included, whatever their source address is: how a server forwards for its clients.
package struct RawIPv6Socket: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor

    /// Opens the socket.
    package init() throws(SystemError) {
        owned = try OwnedFileDescriptor(
            teredo_socket(AF_INET6, Int32(SOCK_RAW.rawValue), CInt(IPPROTO_RAW)),
            "socket",
            "raw IPv6 socket",
            remedy: "forwarding echo requests to native IPv6 needs CAP_NET_RAW"
        )
    }

    /// Sends a packet of at least 40 octets to the destination in its header; returns `false` when the kernel refused.
    package func send(_ packet: Span<UInt8>) -> Bool {
        precondition(packet.count >= 40)
        return unsafe packet.withUnsafeBufferPointer { octets in
            guard let base = octets.baseAddress else { return false }
            return unsafe teredo_send_raw_ipv6(owned.rawValue, base, octets.count) >= 0
        }
    }
}
