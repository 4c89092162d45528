import TeredoWire

/// The addresses and packets of the subjects.
enum Packets {
    static let server = IPv4Address(192, 0, 2, 1)
    static let secondary = IPv4Address(192, 0, 2, 2)
    static let relay = UDPEndpoint(IPv4Address(203, 0, 113, 9), 3545)
    static let relayIPv6 = IPv6Address(high: 0x2400_0001_0000_0000, low: 1)
    static let native = IPv6Address(high: 0x2400_0001_0000_0001, low: 9)
    static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// The client number `index`; every one has another mapped endpoint.
    static func client(_ index: Int) -> TeredoAddress {
        // Global unicast addresses from 8.0.0.0 on, the port far from those of the protocol.
        let address = IPv4Address(rawValue: 0x0800_0001 &+ UInt32(truncatingIfNeeded: index &* 3))
        return TeredoAddress(
            server: server,
            flags: TeredoFlags(rawValue: 0x1234),
            mappedEndpoint: UDPEndpoint(address, 40_000 + UInt16(truncatingIfNeeded: index & 0xFFF))
        )
    }

    /// A packet of `length` octets with UDP inside.
    static func udp(from source: IPv6Address, to destination: IPv6Address, length: Int = 1280) -> [UInt8] {
        let header = IPv6Header(
            payloadLength: length - 40,
            nextHeader: IPv6Header.NextHeader.udp,
            hopLimit: 64,
            source: source,
            destination: destination
        )
        var packet = [UInt8](capacity: 40) { header.encode(into: &$0) }
        packet += [0x9C, 0x40, 0, 9, UInt8((length - 40) >> 8), UInt8((length - 40) & 0xFF), 0x12, 0x34]
        packet += [UInt8](repeating: 0x5A, count: length - packet.count)
        return packet
    }

    static func bubble(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        [UInt8](capacity: TeredoBubble.length) {
            TeredoBubble(source: source, destination: destination).encode(into: &$0)
        }
    }

    static func solicitation(nonce: UInt64) -> [UInt8] {
        [UInt8](capacity: 128) {
            AuthenticationEncapsulation(nonce: nonce).encode(into: &$0)
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: false)).encode(into: &$0)
        }
    }
}
