import TeredoWire

/// The header of an IPv4 packet, and where its contents lie.
struct IPv4Packet: Hashable {
    let source: IPv4Address
    let destination: IPv4Address
    let protocolNumber: UInt8
    let trafficClass: TrafficClass
    let timeToLive: UInt8
    /// What all fragments of a packet share.
    let identification: UInt16
    /// Where the contents stand in the whole packet, in octets; not 0 for a later fragment.
    let fragmentOffset: Int
    /// Whether further fragments follow.
    let hasMoreFragments: Bool
    /// The contents, as far as they were kept.
    let payload: Range<Int>

    static let icmp: UInt8 = 1
    static let udp: UInt8 = 17

    var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }

    /// Reads the header at the beginning of `range`; `nil` when it is not one.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let start = range.lowerBound
        guard range.count >= 20, bytes[start] >> 4 == 4 else { return nil }
        let headerLength = Int(bytes[start] & 0x0F) * 4
        guard headerLength >= 20, range.count >= headerLength else { return nil }
        // 0 where a network card cuts the packet into pieces after it was captured.
        let announced = Int(bytes.bigEndianUInt16(at: start + 2))
        let length = announced == 0 ? range.count : min(announced, range.count)
        guard length >= headerLength else { return nil }
        let fragment = bytes.bigEndianUInt16(at: start + 6)
        source = IPv4Address(rawValue: bytes.bigEndianUInt32(at: start + 12))
        destination = IPv4Address(rawValue: bytes.bigEndianUInt32(at: start + 16))
        protocolNumber = bytes[start + 9]
        trafficClass = TrafficClass(rawValue: bytes[start + 1])
        timeToLive = bytes[start + 8]
        identification = bytes.bigEndianUInt16(at: start + 4)
        fragmentOffset = Int(fragment & 0x1FFF) * 8
        hasMoreFragments = fragment & 0x2000 != 0
        payload = start + headerLength..<start + length
    }
}
