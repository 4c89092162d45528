import CTeredoLinux
import Glibc

/// Listens to all packets of a network namespace, with the kernel's time stamps.
package struct PacketTap: ~Copyable {
    /// One packet as it passed an interface.
    package struct Record: Hashable, Sendable {
        /// When it passed, by the system clock.
        package let time: WallTime
        /// The index of the interface.
        package let interfaceIndex: Int32
        /// Whether it left through the interface; else it came in.
        package let isOutgoing: Bool
        /// The packet, from the IPv4 or IPv6 header on.
        package let bytes: [UInt8]

        /// Makes a record.
        package init(time: WallTime, interfaceIndex: Int32, isOutgoing: Bool, bytes: [UInt8]) {
            self.time = time
            self.interfaceIndex = interfaceIndex
            self.isOutgoing = isOutgoing
            self.bytes = bytes
        }
    }

    private static let protocols: Set<UInt16> = [UInt16(ETH_P_IP), UInt16(ETH_P_IPV6)]
    private let descriptor: OwnedFileDescriptor
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Starts listening in the namespace at `path`, such as `/proc/1234/ns/net`.
    package init(namespace path: String) throws(SystemError) {
        descriptor = try OwnedFileDescriptor(unsafe teredo_tap_open(path), "socket AF_PACKET", path)
    }

    /// Starts listening in the namespace of this process.
    package init() throws(SystemError) {
        descriptor = try OwnedFileDescriptor(teredo_tap_open_here(), "socket AF_PACKET", "packets of all interfaces")
    }

    /// How many packets came too fast since the last call.
    package func takeLost() -> Int { Int(teredo_tap_lost(descriptor.rawValue)) }

    /// The IPv4 and IPv6 packets since the last call, among at most `limit` packets of any kind.
    package mutating func drain(limit: Int = .max) -> [Record] {
        var records: [Record] = []
        var record = teredo_tap_record()
        var rest = limit
        while rest > 0,
            unsafe buffer.withUnsafeMutableBytes({ bytes in
                unsafe teredo_tap_receive(descriptor.rawValue, bytes.baseAddress, bytes.count, &record)
            }) == 0
        {
            rest -= 1
            guard Self.protocols.contains(record.protocol) else { continue }
            records.append(
                Record(
                    time: WallTime(sinceEpoch: .nanoseconds(record.nanoseconds)),
                    interfaceIndex: record.interface_index,
                    isOutgoing: record.is_outgoing != 0,
                    bytes: Array(buffer[..<min(Int(record.count), buffer.count)])
                )
            )
        }
        return records
    }
}
