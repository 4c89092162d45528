import TeredoLinux
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct PacketSegmenterTests {
    private static let offloads: Set<Offload> = [.tso, .uso]

    /// The super-packet of `packet`: its checksum field holds the sum over the pseudo-header, as the kernel leaves it.
    private func superPacket(_ packet: [UInt8], kind: UInt8, segment: UInt16, isTCP: Bool = true) -> [UInt8] {
        var packet = packet
        var sum = InternetChecksum()
        sum.add(packet.span.ipv6Address(at: 8))
        sum.add(packet.span.ipv6Address(at: 24))
        sum.add(UInt32(packet.count - 40))
        sum.add(UInt32(packet[6]))
        let field = isTCP ? 56 : 46
        packet[field] = UInt8(~sum.value >> 8)
        packet[field + 1] = UInt8(~sum.value & 0xFF)
        return header(kind: kind, segment: segment, offset: isTCP ? 16 : 6) + packet
    }

    private func header(kind: UInt8, segment: UInt16, start: UInt16 = 40, offset: UInt16) -> [UInt8] {
        let little: [UInt8] = [0, segment, start, offset].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return [1, kind] + little
    }

    private func cut(_ octets: [UInt8]) throws -> [[UInt8]] {
        let channel = try FakeInterface(offloads: Self.offloads)
        channel.send(octets)
        return try channel.packets()
    }

    @Test(
        "A TCP super-packet becomes what the kernel would have sent: sequence, flags, lengths and checksums",
        arguments: [1, 2, 7, 53]
    )
    func tcp(count: Int) throws {
        var whole = TestPacket()
        let flags = TestPacket.Flag.ack | TestPacket.Flag.push | TestPacket.Flag.fin | TestPacket.Flag.windowReduced
        whole.payload = (0..<count * 1208 - 11).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let packets = try cut(
            superPacket(whole.tcp(sequence: 0xFFFF_FF00, flags: flags), kind: 4 | 0x80, segment: 1208)
        )
        let expected = (0..<count).map { index in
            var part = TestPacket()
            part.payload = Array(whole.payload[(index * 1208)..<min((index + 1) * 1208, whole.payload.count)])
            var partFlags = TestPacket.Flag.ack
            if index == 0 { partFlags |= TestPacket.Flag.windowReduced }
            if index == count - 1 { partFlags |= TestPacket.Flag.push | TestPacket.Flag.fin }
            return part.tcp(sequence: 0xFFFF_FF00 &+ UInt32(index * 1208), flags: partFlags)
        }
        #expect(packets == expected)
    }

    @Test("A UDP super-packet becomes datagrams, each with its own checksum", arguments: [1, 3, 64])
    func udp(count: Int) throws {
        var whole = TestPacket()
        whole.payload = (0..<count * 900 - 200).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let packets = try cut(superPacket(whole.udp(), kind: 5, segment: 900, isTCP: false))
        let expected = (0..<count).map { index in
            var part = TestPacket()
            part.payload = Array(whole.payload[(index * 900)..<min((index + 1) * 900, whole.payload.count)])
            return part.udp()
        }
        #expect(packets == expected)
    }

    @Test("A single packet whose checksum was left to the interface gets it")
    func single() throws {
        var packet = TestPacket()
        packet.payload = [1, 2, 3, 4, 5]
        let whole = packet.tcp(sequence: 5)
        #expect(try cut(superPacket(whole, kind: 0, segment: 0)) == [whole])
        let datagram = packet.udp()
        #expect(try cut(superPacket(datagram, kind: 0, segment: 0, isTCP: false)) == [datagram])
    }

    @Test("Headers that do not fit together are refused", arguments: 0..<200)
    func damaged(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var packet = TestPacket()
        packet.payload = [UInt8](repeating: 5, count: 3000)
        var octets = superPacket(packet.tcp(sequence: 1), kind: 4, segment: 1000)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            octets[Int.random(in: 0..<64, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        octets.removeLast(Int.random(in: 0..<octets.count - 11, using: &generator))
        // Whatever comes of it: nothing traps, and no packet is longer than what it was cut from.
        let packets = try cut(octets)
        #expect(packets.allSatisfy { $0.count <= octets.count })
    }

    @Test("Unknown kinds, wrong places of the checksum and super-packets of IPv4 are refused", arguments: 0..<6)
    func refused(row: Int) throws {
        var packet = TestPacket()
        packet.payload = [UInt8](repeating: 5, count: 3000)
        var octets = superPacket(packet.tcp(sequence: 1), kind: 4, segment: 1000)
        switch row {
        case 0: octets[1] = 3
        case 1: octets[0] = 0
        case 2: octets[8] = 6
        case 3: octets[1] = 1
        case 4: octets[4...5] = [0, 0]
        default: octets[10] = 0x45
        }
        #expect(try cut(octets) == [[]])
    }
}
