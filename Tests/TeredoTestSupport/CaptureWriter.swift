package import TeredoWire

/// Writes capture files of every kind that can be read, for tests.
package struct CaptureWriter: Sendable {
    /// The formats.
    package enum Format: String, Sendable, CaseIterable {
        case pcap
        case pcapNanoseconds
        case pcapNG
        /// pcapng with the units of time that `if_tsresol` tells: 2^-20 s.
        case pcapNGBinary
    }

    /// What stands in front of the IP packets.
    package enum Link: String, Sendable, CaseIterable {
        case ethernet
        case vlan
        case stackedVLAN
        case linuxCooked
        case linuxCooked2
        case raw
        case bsdLoopback
        case openBSDLoopback

        /// The number of the link type.
        package var number: UInt16 {
            switch self {
            case .ethernet, .vlan, .stackedVLAN: 1
            case .linuxCooked: 113
            case .linuxCooked2: 276
            case .raw: 101
            case .bsdLoopback: 0
            case .openBSDLoopback: 108
            }
        }

        /// A frame with an IP packet.
        package func frame(_ packet: [UInt8]) -> [UInt8] {
            let type: [UInt8] = (packet.first ?? 0) >> 4 == 6 ? [0x86, 0xDD] : [0x08, 0x00]
            let addresses = [UInt8](repeating: 2, count: 12)
            return switch self {
            case .ethernet: addresses + type + packet
            case .vlan: addresses + [0x81, 0x00, 0x00, 0x05] + type + packet
            case .stackedVLAN: addresses + [0x88, 0xA8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x05] + type + packet
            case .linuxCooked: [0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0] + type + packet
            case .linuxCooked2: type + [0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0] + packet
            case .raw: packet
            case .bsdLoopback: [type[0] == 0x08 ? 2 : 24, 0, 0, 0] + packet
            case .openBSDLoopback: [0, 0, 0, type[0] == 0x08 ? 2 : 24] + packet
            }
        }
    }

    /// The octets of the file so far.
    package private(set) var bytes: [UInt8] = []
    private let format: Format
    private let link: Link
    private let isBigEndian: Bool

    /// A file without packets.
    package init(_ format: Format = .pcap, _ link: Link = .raw, isBigEndian: Bool = false) {
        self.format = format
        self.link = link
        self.isBigEndian = isBigEndian
        switch format {
        case .pcap, .pcapNanoseconds:
            bytes = word(format == .pcap ? 0xA1B2_C3D4 : 0xA1B2_3C4D) + half(2) + half(4) + word(0) + word(0)
            bytes += word(262_144) + word(UInt32(link.number))
        case .pcapNG, .pcapNGBinary:
            bytes = block(0x0A0D_0D0A, word(0x1A2B_3C4D) + half(1) + half(0) + [UInt8](repeating: 0xFF, count: 8))
            let resolution: [UInt8] = format == .pcapNG ? [] : half(9) + half(1) + [0x80 | 20, 0, 0, 0]
            bytes += block(1, half(link.number) + half(0) + word(0) + resolution + half(0) + half(0))
        }
    }

    /// Adds an IP packet, seen so many nanoseconds after 1970, of which at most `kept` octets of its frame are written.
    package mutating func append(_ packet: [UInt8], nanoseconds: UInt64, kept: Int = .max) {
        let frame = link.frame(packet)
        let part = Array(frame.prefix(kept))
        let seconds = UInt32(nanoseconds / 1_000_000_000)
        let rest = nanoseconds % 1_000_000_000
        switch format {
        case .pcap, .pcapNanoseconds:
            bytes += word(seconds) + word(UInt32(format == .pcap ? rest / 1000 : rest))
            bytes += word(UInt32(part.count)) + word(UInt32(frame.count)) + part
        case .pcapNG, .pcapNGBinary:
            let binary = UInt64(seconds) << 20 + (rest << 20) / 1_000_000_000
            let units = format == .pcapNG ? nanoseconds / 1000 : binary
            let head = word(0) + word(UInt32(units >> 32)) + word(UInt32(truncatingIfNeeded: units))
            bytes += block(6, head + word(UInt32(part.count)) + word(UInt32(frame.count)) + padded(part))
        }
    }

    /// Adds a UDP datagram, both checksums right.
    package mutating func append(
        _ payload: [UInt8],
        from source: UDPEndpoint,
        to destination: UDPEndpoint,
        nanoseconds: UInt64
    ) {
        append(PcapFile.ipv4Packet(payload, from: source, to: destination), nanoseconds: nanoseconds)
    }

    /// Adds a block of pcapng.
    package mutating func append(block type: UInt32, _ body: [UInt8]) { bytes += block(type, padded(body)) }

    /// A number of 32 bits in the order of octets of the file.
    package func word(_ value: UInt32) -> [UInt8] {
        let little = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        return isBigEndian ? little.reversed() : little
    }

    /// A number of 16 bits in the order of octets of the file.
    package func half(_ value: UInt16) -> [UInt8] {
        let little = [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
        return isBigEndian ? little.reversed() : little
    }

    private func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let length = word(UInt32(body.count + 12))
        return word(type) + length + body + length
    }

    private func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: -bytes.count & 3) }
}
