import TeredoWire

/// A TCP segment in an IPv6 packet, written and read for tests by nothing that is tested.
struct Segment {
    static let fin: UInt8 = 1
    static let syn: UInt8 = 2
    static let reset: UInt8 = 4
    static let acknowledges: UInt8 = 16

    var source: IPv6Address
    var destination: IPv6Address
    var sourcePort: UInt16
    var destinationPort: UInt16
    var number: UInt32
    var acknowledgement: UInt32 = 0
    var flags: UInt8
    var window: UInt16 = 65_535
    var options: [UInt8] = []
    var payload: [UInt8] = []

    /// The packet with right checksum.
    var packet: [UInt8] {
        var tcp = big(sourcePort) + big(destinationPort) + big(number) + big(acknowledgement)
        tcp += [UInt8((20 + options.count) / 4) << 4, flags] + big(window) + [0, 0, 0, 0] + options + payload
        let sum = Self.checksum(source, destination, 6, tcp)
        tcp[16] = UInt8(sum >> 8)
        tcp[17] = UInt8(sum & 255)
        return Self.header(source, destination, 6, tcp.count) + tcp
    }

    static func header(_ source: IPv6Address, _ destination: IPv6Address, _ next: UInt8, _ length: Int) -> [UInt8] {
        [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), next, 64] + octets(source) + octets(destination)
    }

    static func checksum(_ source: IPv6Address, _ destination: IPv6Address, _ next: UInt8, _ body: [UInt8]) -> UInt16 {
        var all =
            octets(source) + octets(destination) + [
                0, 0, UInt8(body.count >> 8), UInt8(body.count & 255), 0, 0, 0, next,
            ]
        all += body
        if all.count % 2 == 1 { all.append(0) }
        var sum = 0
        for index in stride(from: 0, to: all.count, by: 2) { sum += Int(all[index]) << 8 | Int(all[index + 1]) }
        while sum >> 16 > 0 { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }

    static func octets(_ address: IPv6Address) -> [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> UInt128(120 - 8 * $0)) }
    }

    private func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    private func big(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xFFFF)) }
}

extension Segment {
    /// Reads a packet; `nil` for what is no TCP.
    init?(_ packet: [UInt8]) {
        guard packet.count >= 60, packet[6] == 6 else { return nil }
        func number(_ range: Range<Int>) -> UInt32 { packet[range].reduce(0) { $0 << 8 | UInt32($1) } }
        func address(_ start: Int) -> IPv6Address {
            IPv6Address(rawValue: packet[start..<start + 16].reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
        }
        let header = 40 + Int(packet[52] >> 4) * 4
        guard header <= packet.count, Segment.checksum(address(8), address(24), 6, Array(packet[40...])) == 0 else {
            return nil
        }
        self.init(
            source: address(8),
            destination: address(24),
            sourcePort: UInt16(number(40..<42)),
            destinationPort: UInt16(number(42..<44)),
            number: number(44..<48),
            acknowledgement: number(48..<52),
            flags: packet[53],
            window: UInt16(number(54..<56)),
            options: Array(packet[60..<header]),
            payload: Array(packet[header...])
        )
    }

    /// What answers this segment, so far without flags and payload.
    func answer(_ flags: UInt8, number: UInt32, payload: [UInt8] = []) -> Segment {
        let length = UInt32(self.payload.count) + (self.flags & (Self.syn | Self.fin) == 0 ? 0 : 1)
        return Segment(
            source: destination,
            destination: source,
            sourcePort: destinationPort,
            destinationPort: sourcePort,
            number: number,
            acknowledgement: self.number &+ length,
            flags: flags,
            payload: payload
        )
    }
}
