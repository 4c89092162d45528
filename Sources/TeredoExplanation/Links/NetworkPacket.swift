import TeredoWire

/// What a captured packet holds behind the header of its link.
enum NetworkPacket: Hashable {
    /// IPv4 octets, from the header on.
    case ipv4(Range<Int>)
    /// IPv6 octets, from the header on.
    case ipv6(Range<Int>)
    /// Something else, or a header that is cut off.
    case other
}

extension NetworkPacket {
    /// Looks behind the header of the link, and behind VLAN tags, of which each takes four octets: the work is bounded by the
    /// length of the packet.
    init(in packet: CapturedPacket) {
        let bytes = packet.bytes.span
        switch packet.linkType {
        case .ethernet: self.init(bytes, etherTypeAt: 12)
        case .linuxCooked: self.init(bytes, etherTypeAt: 14)
        case .linuxCooked2:
            guard bytes.count >= 20 else {
                self = .other
                return
            }
            self.init(bytes, etherType: bytes.bigEndianUInt16(at: 0), from: 20)
        case .null, .loop: self.init(bytes, versionAt: 4)
        case .ipv4, .ipv6: self.init(bytes, versionAt: 0)
        case let type where LinkType.rawNumbers.contains(type.rawValue): self.init(bytes, versionAt: 0)
        default: self = .other
        }
    }

    /// The numbers of protocol families differ between systems: the version in the packet tells as much.
    private init(_ bytes: Span<UInt8>, versionAt offset: Int) {
        guard bytes.count > offset else {
            self = .other
            return
        }
        switch bytes[offset] >> 4 {
        case 4: self = .ipv4(offset..<bytes.count)
        case 6: self = .ipv6(offset..<bytes.count)
        default: self = .other
        }
    }

    private init(_ bytes: Span<UInt8>, etherTypeAt offset: Int) {
        guard bytes.count >= offset + 2 else {
            self = .other
            return
        }
        self.init(bytes, etherType: bytes.bigEndianUInt16(at: offset), from: offset + 2)
    }

    private init(_ bytes: Span<UInt8>, etherType: UInt16, from start: Int) {
        var etherType = etherType
        var offset = start
        // 802.1Q, 802.1ad, and the number that was used for stacked tags before it.
        while etherType == 0x8100 || etherType == 0x88A8 || etherType == 0x9100, offset + 4 <= bytes.count {
            etherType = bytes.bigEndianUInt16(at: offset + 2)
            offset += 4
        }
        switch etherType {
        case 0x0800 where offset < bytes.count: self = .ipv4(offset..<bytes.count)
        case 0x86DD where offset < bytes.count: self = .ipv6(offset..<bytes.count)
        default: self = .other
        }
    }
}
