import TeredoLinux
import TeredoTestSupport
import TeredoWire
import Testing

/// What goes into a super-packet comes out of it octet for octet: the coalescer is held against the segmenter, and both
/// against packets whose checksums the wire library made.
@Suite struct PacketCoalescerTests {
    private static let coalescing: Set<Offload> = [.tcpCoalescing, .udpCoalescing]

    private struct Outcome {
        let packets: [[UInt8]]
        let superPackets: Int
    }

    /// Sends packets through a coalescer and cuts what comes out.
    private func coalesce(_ packets: [[UInt8]], offloads: Set<Offload> = coalescing) throws -> Outcome {
        let input = try FakeInterface(offloads: [])
        let output = try FakeInterface(offloads: offloads)
        let coalescer = PacketCoalescer(offloads: offloads)
        let batch = try ReceiveBatch(capacity: 32)
        var result: [[UInt8]] = []
        var rest = packets[...]
        while !rest.isEmpty {
            for packet in rest.prefix(32) { input.send(packet) }
            rest = rest.dropFirst(32)
            let isFilled = input.theirs.read(into: batch)
            #expect(isFilled)
            for index in 0..<batch.count {
                coalescer.add(batch, index, 0..<batch.length(index), to: output.ours)
            }
            coalescer.flush(to: output.ours)
            result += try output.packets()
        }
        #expect(coalescer.refusals == 0 && coalescer.coalescingRefusals == 0)
        return Outcome(packets: result, superPackets: coalescer.superPackets)
    }

    private func stream(_ lengths: [Int], flags: (Int) -> UInt8 = { _ in TestPacket.Flag.ack }) -> [[UInt8]] {
        var sequence: UInt32 = 0xFFFF_F000
        return lengths.enumerated().map { index, length in
            var packet = TestPacket()
            packet.payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            defer { sequence &+= UInt32(length) }
            return packet.tcp(sequence: sequence, flags: flags(index))
        }
    }

    @Test("Consecutive segments become one super-packet, over the end of the sequence numbers too")
    func tcpRun() throws {
        let packets = stream(Array(repeating: 1208, count: 20) + [77])
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == 1)
    }

    @Test("Datagrams of equal length become one super-packet, a shorter one ends it")
    func udpRun() throws {
        let packets = [1000, 1000, 1000, 999, 1000, 1000].map { length in
            var packet = TestPacket()
            packet.payload = [UInt8](repeating: 7, count: length)
            return packet.udp()
        }
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == 2)
    }

    @Test(
        "Flags other than ACK go alone, PSH ends a super-packet",
        arguments: [
            (TestPacket.Flag.fin, 2), (TestPacket.Flag.syn, 2), (TestPacket.Flag.windowReduced, 2),
            (TestPacket.Flag.push, 2), (TestPacket.Flag.ecnEcho, 2), (0x20 as UInt8, 2), (0x04 as UInt8, 2),
        ]
    )
    func flags(flag: UInt8, superPackets: Int) throws {
        let packets = stream(Array(repeating: 500, count: 9)) {
            TestPacket.Flag.ack | ($0 == 4 ? flag : 0)
        }
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == superPackets)
    }

    @Test("Two flows at once are kept apart, each in order")
    func twoFlows() throws {
        let first = stream(Array(repeating: 600, count: 8))
        let second = first.map { packet in
            var other = TestPacket()
            other.sourcePort = 41_000
            other.payload = Array(packet.suffix(600))
            return other.tcp(sequence: packet.span.bigEndianUInt32(at: 44))
        }
        let outcome = try coalesce(zip(first, second).flatMap { [$0, $1] })
        #expect(outcome.packets.filter { $0[40] == first[0][40] && $0[41] == first[0][41] } == first)
        #expect(outcome.packets.filter { $0[40] == second[0][40] && $0[41] == second[0][41] } == second)
        #expect(outcome.superPackets == 2)
    }

    @Test("A packet with a wrong checksum stays alone and as it is: the kernel must see that it is wrong")
    func wrongChecksum() throws {
        var packets = stream(Array(repeating: 800, count: 5))
        packets[2][100] ^= 1
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == 2, "the two before it and the two behind it")
    }

    @Test(
        "Packets with unfinished checksums come out finished, alone or joined, with headers of virtio or without",
        arguments: [coalescing, [.tso], []]
    )
    func unfinishedChecksums(offloads: Set<Offload>) throws {
        let segments = stream([900, 900, 900]) + stream([0])
        let datagrams = [300, 300, 1].map { length in
            var packet = TestPacket()
            packet.payload = [UInt8](repeating: 9, count: length)
            return packet.udp()
        }
        let packets = segments + datagrams
        let outcome = try coalesce(packets.map { TestPacket().unfinished($0) }, offloads: offloads)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == (offloads == Self.coalescing ? 2 : 0))
    }

    @Test("Datagrams without a checksum are not given one")
    func noChecksum() throws {
        let packets = (0..<4).map { _ in
            var packet = TestPacket()
            packet.payload = [UInt8](repeating: 1, count: 100)
            var octets = packet.udp()
            octets[46] = 0
            octets[47] = 0
            return octets
        }
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == 0)
    }

    @Test("What the switches forbid is not done", arguments: [Offload.tcpCoalescing, .udpCoalescing])
    func switches(only: Offload) throws {
        let tcp = stream([400, 400, 400])
        var datagram = TestPacket()
        datagram.payload = [UInt8](repeating: 3, count: 400)
        let udp = Array(repeating: datagram.udp(), count: 3)
        let outcome = try coalesce(tcp + udp, offloads: [only])
        #expect(outcome.packets.filter { $0[6] == 6 } == tcp && outcome.packets.filter { $0[6] == 17 } == udp)
        #expect(outcome.superPackets == 1)
    }

    @Test("A difference that a super-packet cannot carry separates", arguments: Difference.allCases)
    func differences(difference: Difference) throws {
        var packets: [[UInt8]] = []
        for index in 0..<6 {
            var packet = TestPacket()
            packet.payload = [UInt8](repeating: 9, count: 300)
            let isOther = index >= 3
            var acknowledgement: UInt32 = 7
            var window: UInt16 = 500
            var options: [UInt8] = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
            if isOther {
                switch difference {
                case .hopLimit: packet.hopLimit = 63
                case .trafficClass: packet.trafficClassAndFlowLabel |= 0x0030_0000
                case .flowLabel: packet.trafficClassAndFlowLabel ^= 1
                case .acknowledgement: acknowledgement = 8
                case .window: window = 501
                case .options: options[11] = 3
                case .optionLength: options += [1, 1, 1, 1]
                }
            }
            packets.append(
                packet.tcp(
                    sequence: UInt32(index * 300),
                    acknowledgement: acknowledgement,
                    window: window,
                    options: options
                )
            )
        }
        let outcome = try coalesce(packets)
        #expect(outcome.packets == packets)
        #expect(outcome.superPackets == 2)
    }

    enum Difference: CaseIterable {
        case hopLimit, trafficClass, flowLabel, acknowledgement, window, options, optionLength
    }

    @Test("Any mixture of flows, lengths, flags and damage comes out unchanged, each flow in order", arguments: 0..<40)
    func mixture(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var sequences = [UInt32](repeating: 1, count: 12)
        var packets: [[UInt8]] = []
        for _ in 0..<400 {
            let flow = Int.random(in: 0..<12, using: &generator)
            var packet = TestPacket()
            packet.sourcePort = UInt16(1000 + flow / 2)
            packet.destination = IPv6Address(high: packet.destination.high, low: UInt64(flow % 3))
            let length = [0, 1, 100, 100, 700, 1208, 1208].randomElement(using: &generator) ?? 0
            packet.payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var octets: [UInt8]
            if flow.isMultiple(of: 2) {
                let flags = [0x10, 0x10, 0x10, 0x10, 0x10, 0x18, 0x11, 0x50, 0x90].randomElement(using: &generator)
                octets = packet.tcp(sequence: sequences[flow], flags: UInt8(flags ?? 0x10))
                if Int.random(in: 0..<10, using: &generator) > 0 { sequences[flow] &+= UInt32(length) }
            } else {
                octets = packet.udp()
            }
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: octets[Int.random(in: 40..<octets.count, using: &generator)] ^= 4
            case 1: octets[6] = [44, 58, 0].randomElement(using: &generator) ?? 44
            case 2: octets.removeLast(min(octets.count - 40, 3))
            default: break
            }
            packets.append(octets)
        }
        let outcome = try coalesce(packets)
        func flows(_ packets: [[UInt8]]) -> [[UInt8]: [[UInt8]]] {
            Dictionary(grouping: packets) { packet in
                // Whoever has no ports belongs to the pair of hosts.
                let hasPorts = [6, 17].contains(packet[6]) && packet.count >= 44
                return Array(packet[6..<7]) + Array(packet[8..<(hasPorts ? 44 : 40)])
            }
        }
        #expect(flows(outcome.packets) == flows(packets))
        #expect(outcome.superPackets > 0)
    }

    @Test("A super-packet that the kernel does not take is handed over packet by packet")
    func refused() throws {
        let packets = stream([1000, 1000, 1000, 1000, 1000]) {
            TestPacket.Flag.ack | ($0 == 4 ? TestPacket.Flag.push : 0)
        }
        let input = try FakeInterface(offloads: [])
        let output = try FakeInterface(offloads: Self.coalescing, room: 1000)
        let coalescer = PacketCoalescer(offloads: Self.coalescing)
        let batch = try ReceiveBatch(capacity: 8)
        for packet in packets { input.send(packet) }
        let isFilled = input.theirs.read(into: batch)
        #expect(isFilled)
        for index in 0..<batch.count { coalescer.add(batch, index, 0..<batch.length(index), to: output.ours) }
        coalescer.flush(to: output.ours)
        #expect(coalescer.coalescingRefusals == 1)
        #expect(try output.packets() == Array(packets.prefix(coalescer.refusals == 0 ? 5 : 5 - coalescer.refusals)))
    }
}
