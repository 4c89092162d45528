import TeredoLinux
import TeredoSimulator
import TeredoWire

/// A packet on the wire of a kernel lab: a UDP datagram over IPv4, or a native IPv6 packet.
struct WirePacket {
    let time: ProtocolInstant
    let interface: String
    let isOutgoing: Bool
    /// Source and destination of the datagram; `nil` for native IPv6.
    let endpoints: TraceEntry.Endpoints?
    /// The payload of the datagram, or the IPv6 packet.
    let bytes: [UInt8]

    /// Reads a record; `nil` for what has nothing to do with Teredo: other protocols, and the chatter of neighbour
    /// and multicast listener discovery.
    init?(_ record: PacketTap.Record, interfaces: [Int32: String]) {
        let bytes = record.bytes
        time = ProtocolInstant(nanoseconds: record.time.sinceEpoch.wholeNanoseconds)
        interface = interfaces[record.interfaceIndex] ?? "?"
        isOutgoing = record.isOutgoing
        switch bytes.first.map({ $0 >> 4 }) {
        case 4:
            let header = Int(bytes[0] & 0xF) * 4
            guard header >= 20, bytes.count >= header + 8, bytes[9] == 17 else { return nil }
            endpoints = TraceEntry.Endpoints(
                source: Self.endpoint(bytes, address: 12, port: header),
                destination: Self.endpoint(bytes, address: 16, port: header + 2)
            )
            let length = Int(bytes[header + 4]) << 8 | Int(bytes[header + 5])
            guard length >= 8, bytes.count >= header + length else { return nil }
            self.bytes = Array(bytes[(header + 8)..<(header + length)])
        case 6:
            guard let packet = try? IPv6Header(validating: bytes.span), packet.nextHeader != 0 else { return nil }
            // Neighbour discovery, and up to 143 reports about multicast (RFC 3810).
            let isChatter =
                packet.nextHeader == IPv6Header.NextHeader.icmpv6 && bytes.count > 40
                && (ICMPv6.routerSolicitation...143).contains(bytes[40])
            guard !isChatter else { return nil }
            endpoints = nil
            self.bytes = bytes
        default: return nil
        }
    }

    /// Whether `other` is the same packet seen elsewhere: routers change the hop limit, NATs the endpoints.
    func isSame(as other: Self) -> Bool {
        guard bytes.count == other.bytes.count, (endpoints == nil) == (other.endpoints == nil) else { return false }
        guard endpoints == nil else { return bytes == other.bytes }
        return bytes[..<7] == other.bytes[..<7] && bytes[8...] == other.bytes[8...]
    }

    /// What it is, in words.
    var meaning: String {
        guard let endpoints else { return PacketMeaning.ofPacket(bytes) }
        return PacketMeaning.ofDatagram(bytes, to: endpoints.destination)
    }

    private static func endpoint(_ bytes: [UInt8], address: Int, port: Int) -> UDPEndpoint {
        UDPEndpoint(
            IPv4Address(bytes[address], bytes[address + 1], bytes[address + 2], bytes[address + 3]),
            UInt16(bytes[port]) << 8 | UInt16(bytes[port + 1])
        )
    }
}
