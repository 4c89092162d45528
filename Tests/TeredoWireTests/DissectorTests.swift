import Foundation
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct DissectorTests {
    struct Packet: CustomTestStringConvertible {
        let testDescription: String
        let payload: [UInt8]
        let protocols: String
        let info: String
    }

    static let client = endpoint("131.107.0.1:8192")
    static let server = endpoint("206.73.118.1:3544")

    /// One packet of every kind that a node of ours emits, encoded by the library.
    static var packets: [Packet] {
        let bubble = TeredoBubble(source: Samples.addressA, destination: Samples.addressB)
        let request = EchoMessageTests.request
        let authentication = AuthenticationEncapsulation(nonce: Samples.nonce)
        let secure = AuthenticationEncapsulation(
            clientIdentifier: Array("client01".utf8),
            authenticationValue: [UInt8](repeating: 0x5A, count: 20),
            nonce: Samples.nonce,
            confirmation: 1
        )
        let solicitation = RouterSolicitation(source: Samples.clientLinkLocal)
        let advertisement = RouterAdvertisement(
            source: Samples.serverLinkLocal,
            destination: Samples.clientLinkLocal,
            server: Samples.server
        )
        let everyTrailer = TrailerList([
            .nonce(1), .alternateAddresses([client, server]), .neighborDiscovery(.solicitation), .randomPort(50_000),
        ])
        let origin = OriginIndication(Self.client)
        var udp = hex("1388 1389 0008 0000")
        let udpChecksum = ReferenceChecksum.of(Samples.echoRequest[8..<40] + hex("00000008 00000011") + udp)
        udp[6] = UInt8(udpChecksum >> 8)
        udp[7] = UInt8(udpChecksum & 0xFF)
        let data = ICMPv6ErrorTests.packet(
            source: Samples.addressA.description,
            destination: "2001:db8::1",
            payload: udp
        )
        let offending = Samples.echoRequest
        let icmp = ":icmpv6"
        return [
            Packet("solicitation", icmp, "Router Solicitation", authentication.encode, solicitation.encode),
            Packet("secure solicitation", icmp, "Router Solicitation", secure.encode, solicitation.encode),
            Packet(
                "advertisement",
                icmp,
                "Router Advertisement",
                authentication.encode,
                origin.encode,
                advertisement.encode
            ),
            Packet(
                "advertisement without authentication",
                icmp,
                "Router Advertisement",
                origin.encode,
                advertisement.encode
            ),
            Packet("direct bubble", "", "IPv6 no next header", bubble.encode),
            Packet(
                "bubble from a relay",
                "",
                "IPv6 no next header",
                TeredoBubble(source: TeredoLinkLocal.keyed(identifier: 7), destination: Samples.addressA).encode
            ),
            Packet(
                "discovery bubble",
                "",
                "IPv6 no next header",
                TeredoBubble(source: Samples.addressA, destination: .allNodes, hopLimit: 1).encode
            ),
            Packet("forwarded bubble", "", "IPv6 no next header", origin.encode, bubble.encode),
            Packet("bubble with trailers", "", "IPv6 no next header", bubble.encode, everyTrailer.encode),
            Packet("echo request", icmp, "Direct IPv6 Connectivity Test", { request.encode(into: &$0) }),
            Packet("echo reply", icmp, "Echo (ping) reply", { request.reply.encode(into: &$0) }),
            Packet(
                "packet too big",
                icmp,
                "Packet Too Big",
                {
                    ICMPv6Error.packetTooBig(mtu: 1280).encode(
                        about: offending.span,
                        from: Samples.addressB,
                        into: &$0
                    )
                }
            ),
            Packet(
                "address unreachable",
                icmp,
                "Destination Unreachable (Address unreachable)",
                {
                    ICMPv6Error.addressUnreachable.encode(
                        about: offending.span,
                        from: Samples.addressB,
                        into: &$0
                    )
                }
            ),
            Packet(
                "hop limit exceeded",
                icmp,
                "Time Exceeded (hop limit exceeded in transit)",
                {
                    ICMPv6Error.hopLimitExceeded.encode(
                        about: offending.span,
                        from: Samples.addressB,
                        into: &$0
                    )
                }
            ),
            Packet("data", ":udp", "5000", { $0.append(copying: data.span) }),
        ]
    }

    @Test("tshark dissects every packet that we emit without complaint")
    func dissect() throws {
        guard let tshark = ExternalTool("tshark") else { try Test.cancel("tshark is not installed") }
        var capture = PcapFile()
        for packet in Self.packets { capture.append(packet.payload, from: Self.client, to: Self.server) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pcap")
        try Data(capture.bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let fields = ["frame.protocols", "_ws.malformed", "_ws.expert.severity", "_ws.col.Info"]
        let outcome = try tshark.run(
            ["-n", "-r", file.path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
                + ["-d", "udp.port==3544,teredo", "-T", "fields", "-E", "separator=|"] + fields.flatMap { ["-e", $0] }
        )
        try #require(outcome.status == 0, "\(outcome.error)")
        let lines = outcome.output.split(separator: "\n").map {
            $0.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        }
        try #require(lines.count == Self.packets.count)
        for (packet, line) in zip(Self.packets, lines) {
            try #require(line.count == 4)
            #expect(line[0].hasPrefix("raw:ip:udp:teredo:ipv6" + packet.protocols), "\(packet.testDescription)")
            #expect(line[1].isEmpty, "\(packet.testDescription) is malformed")
            // Severities count up from comment (1) over chat (2) and note (4) to warning (6) and error (8 millions).
            for severity in line[2].split(separator: ",") {
                #expect((Int(severity) ?? .max) <= 4_194_304, "\(packet.testDescription): severity \(severity)")
            }
            #expect(line[3].contains(packet.info), "\(packet.testDescription): \(line[3])")
        }
    }

    @Test("tshark does complain about a broken packet, so that its silence means something")
    func complaint() throws {
        guard let tshark = ExternalTool("tshark") else { try Test.cancel("tshark is not installed") }
        var broken = Samples.solicitation
        broken[56] ^= 1
        var capture = PcapFile()
        capture.append(broken, from: Self.client, to: Self.server)
        let outcome = try tshark.run(["-r", "-", "-T", "fields", "-e", "_ws.expert.severity"], input: capture.bytes)
        let worst = outcome.output.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.max()
        #expect((worst ?? 0) > 4_194_304)
    }
}

extension DissectorTests.Packet {
    init(_ name: String, _ protocols: String, _ info: String, _ parts: (inout OutputSpan<UInt8>) -> Void...) {
        testDescription = name
        payload = encoded { output in for part in parts { part(&output) } }
        self.protocols = protocols
        self.info = info
    }
}
