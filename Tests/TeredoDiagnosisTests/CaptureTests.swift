import TeredoDiagnosis
import TeredoLinux
import TeredoTestSupport
import TeredoWire
import Testing

/// What a capture takes, and the file that it makes.
@Suite("Capture")
struct CaptureTests {
    private static let packet: [UInt8] = PcapFile.ipv4Packet(
        [1, 2, 3],
        from: UDPEndpoint(IPv4Address(192, 0, 2, 1), 3544),
        to: UDPEndpoint(IPv4Address(198, 51, 100, 7), 40_000)
    )

    private static let sightings: [(Int32, [UInt8], CaptureRecorder.Place?)] = [
        (7, packet, .inner),
        (2, packet, .outer),
        (2, changed(20, to: 1), .outer),
        (2, Array(packet.prefix(27)), nil),
        (2, changed(0, to: 0x60), nil),
        (2, changed(9, to: 6), nil),
        (2, changed(7, to: 1), nil),
        (2, changed(6, to: 0x1F), nil),
        (2, changed(0, to: 0x4F), nil),
        (2, changed(0, to: 0x41), nil),
        (2, [], nil),
    ]

    @Test(
        "packets of the interface are inside, datagrams of the ports are outside, everything else is somebody else's",
        arguments: sightings
    )
    func places(interface: Int32, bytes: [UInt8], expected: CaptureRecorder.Place?) {
        let record = PacketTap.Record(
            time: WallTime(sinceEpoch: .nanoseconds(1)),
            interfaceIndex: interface,
            isOutgoing: false,
            bytes: bytes
        )
        #expect(Self.recorder(interfaceIndex: 7, ports: [40_000]).place(of: record) == expected)
        #expect(Self.recorder(interfaceIndex: nil, ports: []).place(of: record) == nil)
    }

    @Test("a capture never exceeds the octets and packets that it may have", arguments: [1, 9, 10, 11, 200])
    func limits(batchSize: Int) {
        let record = PacketTap.Record(
            time: WallTime(sinceEpoch: .nanoseconds(1)),
            interfaceIndex: 7,
            isOutgoing: true,
            bytes: Self.packet
        )
        let other = PacketTap.Record(
            time: WallTime(sinceEpoch: .nanoseconds(1)),
            interfaceIndex: 8,
            isOutgoing: true,
            bytes: Self.packet
        )
        let batch = (0..<batchSize).flatMap { _ in [record, other] }
        for (octets, packets, expected) in [
            (1 << 20, 10, CaptureRecorder.Limit.packets), (1_500, 1_000, .octets), (1_500, nil, .octets),
        ] as [(Int, Int?, CaptureRecorder.Limit)] {
            var limits = CaptureRecorder.Limits()
            limits.octets = octets
            limits.packets = packets
            var recorder = Self.recorder(interfaceIndex: 7, ports: [], limits: limits)
            var file = recorder.header
            for _ in 0..<200 where recorder.reached == nil { file += recorder.blocks(for: batch) }
            #expect(recorder.reached == expected)
            #expect(recorder.outerCount == 0 && file.count <= octets)
            let block = (file.count - recorder.header.count) / recorder.innerCount
            if expected == .packets { #expect(recorder.innerCount == packets) }
            if expected == .octets { #expect(file.count + block > octets) }
            #expect(recorder.blocks(for: batch).isEmpty)
        }
    }

    @Test("Wireshark reads interface, direction, time and length of what is written")
    func file() throws {
        guard let tshark = ExternalTool("tshark") else { try Test.cancel("tshark is not installed") }
        var bytes = PcapNGEncoder.header(interfaces: ["inside: teredo", "outside"], snapLength: 100)
        for (interface, isOutgoing) in [(0, true), (1, false)] {
            bytes += PcapNGEncoder.packet(
                interface == 1 ? Self.packet + [UInt8](repeating: 0, count: 200) : Self.packet,
                interface: interface,
                isOutgoing: isOutgoing,
                time: WallTime(sinceEpoch: .nanoseconds(1_700_000_000_123_456_789)),
                snapLength: 100
            )
        }
        let fields = [
            "frame.interface_name", "frame.packet_flags_direction", "frame.time_epoch", "frame.len", "frame.cap_len",
            "ip.dst", "udp.dstport",
        ]
        let outcome = try tshark.run(["-r", "-", "-T", "fields"] + fields.flatMap { ["-e", $0] }, input: bytes)
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        try #require(lines.count == 2, "\(outcome)")
        #expect(lines[0][0] == "inside: teredo" && lines[1][0] == "outside")
        #expect(lines[0][1].hasSuffix("2") && lines[1][1].hasSuffix("1"), "\(lines)")
        #expect(lines.allSatisfy { $0[2] == "1700000000.123456789" })
        #expect(lines[0][3] == "31" && lines[0][4] == "31" && lines[1][3] == "231" && lines[1][4] == "100")
        #expect(lines[0][5] == "198.51.100.7" && lines[0][6] == "40000")
    }

    private static func recorder(
        interfaceIndex: Int32?,
        ports: Set<UInt16>,
        limits: CaptureRecorder.Limits = CaptureRecorder.Limits()
    ) -> CaptureRecorder {
        CaptureRecorder(interfaceIndex: interfaceIndex, interfaceName: "teredo", ports: ports, limits: limits)
    }

    private static func changed(_ offset: Int, to value: UInt8) -> [UInt8] {
        var bytes = packet
        bytes[offset] = value
        return bytes
    }
}
