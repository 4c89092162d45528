package import TeredoLinux

/// Chooses the packets of a role among all, and turns them into blocks of a capture file until a limit is reached.
package struct CaptureRecorder: Sendable {
    /// Where a packet was seen; the numbers are those of the interfaces in the file.
    package enum Place: Int, Sendable {
        case inner = 0
        case outer = 1
    }

    /// How much is kept.
    package struct Limits: Hashable, Sendable {
        /// The most octets of the file.
        package var octets = 64 << 20
        /// The most packets; `nil` for as many as there are.
        package var packets: Int?
        /// How many octets of each packet are kept.
        package var snapLength = 65_535

        /// The usual limits.
        package init() {}
    }

    /// The limit that ended the capture.
    package enum Limit: Hashable, Sendable {
        case octets
        case packets
    }

    /// The index of the TUN interface; `nil` for a server, which has none.
    private let interfaceIndex: Int32?
    private let ports: Set<UInt16>
    private let limits: Limits
    private var octets: Int
    /// What a file begins with.
    package let header: [UInt8]
    /// Packets inside the tunnel.
    package private(set) var innerCount = 0
    /// Packets outside: UDP over IPv4.
    package private(set) var outerCount = 0
    /// The limit that was reached.
    package private(set) var reached: Limit?

    /// A recorder of one interface and the UDP ports outside.
    package init(interfaceIndex: Int32?, interfaceName: String, ports: Set<UInt16>, limits: Limits) {
        self.interfaceIndex = interfaceIndex
        self.ports = ports
        self.limits = limits
        header = PcapNGEncoder.header(
            interfaces: ["inside: \(interfaceName)", "outside"],
            snapLength: limits.snapLength
        )
        octets = header.count
    }

    /// The blocks for those of `records` that belong to the role and fit.
    package mutating func blocks(for records: [PacketTap.Record]) -> [UInt8] {
        var blocks: [UInt8] = []
        for record in records where reached == nil {
            guard let place = place(of: record) else { continue }
            let block = PcapNGEncoder.packet(
                record.bytes,
                interface: place.rawValue,
                isOutgoing: record.isOutgoing,
                time: record.time,
                snapLength: limits.snapLength
            )
            guard octets + block.count <= limits.octets else {
                reached = .octets
                break
            }
            octets += block.count
            blocks += block
            switch place {
            case .inner: innerCount += 1
            case .outer: outerCount += 1
            }
            if innerCount + outerCount == limits.packets { reached = .packets }
        }
        return blocks
    }

    /// Where a packet of the role was seen; `nil` for somebody else's.
    package func place(of record: PacketTap.Record) -> Place? {
        if record.interfaceIndex == interfaceIndex { return .inner }
        let bytes = record.bytes
        guard bytes.count >= 28, bytes[0] >> 4 == 4, bytes[9] == 17 else { return nil }
        // Only the first fragment has ports.
        guard bytes[6] & 0x1F == 0, bytes[7] == 0 else { return nil }
        let start = Int(bytes[0] & 0x0F) * 4
        guard start >= 20, bytes.count >= start + 4 else { return nil }
        let source = UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])
        let destination = UInt16(bytes[start + 2]) << 8 | UInt16(bytes[start + 3])
        return ports.contains(source) || ports.contains(destination) ? .outer : nil
    }
}
