import TeredoChart
import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// What is learned from one packet for the next.
struct StoryTests {
    private static let server = UDPEndpoint(Samples.server, 3544)
    private static let mappedA = Samples.mappedA
    private static let mappedB = Samples.mappedB
    private static let a = ipv6("2001:0:ce49:7601:0:efff:62c3:fffe")
    private static let b = Samples.addressB
    private static let relay = endpoint("198.51.100.9:3545")

    private static func echo(_ kind: EchoMessage.Kind, _ source: IPv6Address, _ destination: IPv6Address) -> [UInt8] {
        encoded {
            EchoMessage(
                kind: kind,
                source: source,
                destination: destination,
                identifier: 7,
                sequenceNumber: 1,
                data: [UInt8](repeating: 1, count: 32)
            ).encode(into: &$0)
        }
    }

    private static func bubble(_ source: IPv6Address, _ destination: IPv6Address) -> [UInt8] {
        encoded { TeredoBubble(source: source, destination: destination).encode(into: &$0) }
    }

    @Test("two clients that open their NATs are told step by step, and summed up as direct")
    func direct() throws {
        let capture = ExplainedCapture([
            (Self.bubble(Self.a, Self.b), Self.mappedA, Self.mappedB),
            (Self.bubble(Self.a, Self.b) + Samples.nonceTrailer, Self.mappedA, Self.server),
            (Samples.originA + Self.bubble(Self.a, Self.b) + Samples.nonceTrailer, Self.server, Self.mappedB),
            (Self.bubble(Self.b, Self.a) + Samples.nonceTrailer, Self.mappedB, Self.mappedA),
            (Self.echo(.request, Self.a, Self.b), Self.mappedA, Self.mappedB),
            (Self.echo(.reply, Self.b, Self.a), Self.mappedB, Self.mappedA),
        ])
        #expect(
            capture.notes.map(\.label) == [
                "direct bubble", "indirect bubble, nonce", "indirect bubble, origin 157.60.0.1:4096, nonce",
                "direct bubble, nonce", "ping request", "ping reply",
            ]
        )
        #expect(
            capture.notes.flatMap(\.changes).map(\.sentence) == [
                "client A → client B: asked for through the server",
                "client A → client B: open after 30000.0 ms, directly",
            ]
        )
        let conversation = try #require(capture.summary.conversations.first)
        #expect(conversation.way == .direct && conversation.firstContact == .seconds(30))
        #expect(conversation.sent.packets == 1 && conversation.received.packets == 1)
        #expect(capture.summary.chart.participants == ["client A", "server", "client B"])
    }

    @Test("packets between clients that a relay carries are in transit, and go on directly when they do")
    func transit() throws {
        let open = TransitMessage(.open, nonce: 1)
        let ready = TransitMessage(.ready, nonce: 1)
        func trailer(_ message: TransitMessage) -> [UInt8] { encoded { Trailer.transit(message).encode(into: &$0) } }
        let capture = ExplainedCapture([
            (Self.bubble(Self.a, Self.b) + trailer(open), Self.mappedA, Self.relay),
            (Self.bubble(Self.b, Self.a) + trailer(ready), Self.relay, Self.mappedA),
            (Self.echo(.request, Self.a, Self.b), Self.mappedA, Self.relay),
            (Self.echo(.reply, Self.b, Self.a), Self.relay, Self.mappedA),
            (Self.bubble(Self.b, Self.a), Self.mappedB, Self.mappedA),
        ])
        #expect(capture.notes.map { $0.source?.name } == ["client A", "relay", "client A", "relay", "client B"])
        #expect(capture.notes.map(\.label).prefix(2) == ["transit open", "transit ready"])
        #expect(capture.notes.flatMap(\.changes).map(\.state) == [.open, .moved])
        #expect(capture.notes.flatMap(\.changes).first?.words.contains("in transit through relay") == true)
        #expect(capture.allFindings.isEmpty)
        #expect(capture.summary.conversations.first?.way == .direct)
    }

    @Test("a symmetric NAT and a changed mapping are told from the advertisements")
    func mappings() {
        func nonce(_ last: UInt8) -> [UInt8] { [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, last, 0] }
        let other = UDPEndpoint(Samples.server.successor, 3544)
        let here = endpoint("192.168.1.2:4000")
        func ask(_ last: UInt8, _ server: UDPEndpoint) -> ([UInt8], UDPEndpoint, UDPEndpoint) {
            (nonce(last) + Samples.solicitationPacket, here, server)
        }
        func answer(_ last: UInt8, _ server: UDPEndpoint, _ origin: String) -> ([UInt8], UDPEndpoint, UDPEndpoint) {
            let element = encoded { OriginIndication(endpoint(origin)).encode(into: &$0) }
            return (nonce(last) + element + Samples.advertisementPacket, server, here)
        }
        let capture = ExplainedCapture([
            ask(1, Self.server), answer(1, Self.server, "131.107.0.1:8192"),
            ask(2, other), answer(2, other, "131.107.0.1:8193"),
            ask(3, Self.server), answer(3, Self.server, "131.107.0.1:8192"),
            ask(4, Self.server), answer(4, Self.server, "131.107.0.1:9000"),
        ])
        #expect(
            capture.notes.flatMap(\.changes).map(\.state) == [
                .qualifying, .qualified, .refreshing, .symmetric, .refreshing, .refreshed, .refreshing, .remapped,
            ]
        )
        #expect(capture.notes.allSatisfy { [$0.source?.name, $0.destination?.name].contains("server") })
        #expect(capture.allFindings.isEmpty)
    }

    @Test("a datagram that is captured before and behind a NAT is one, and both endpoints are the client's")
    func translation() throws {
        let inside = endpoint("192.168.1.2:4000")
        var writer = CaptureWriter(.pcap, .raw)
        for (index, source) in [inside, Self.mappedB].enumerated() {
            var packet = PcapFile.ipv4Packet(Samples.solicitation, from: source, to: Self.server)
            packet[5] = 77
            writer.append(packet, nanoseconds: UInt64(index) * 1_000_000)
        }
        writer.append(Samples.advertisement, from: Self.server, to: Self.mappedB, nanoseconds: 50_000_000)
        let capture = ExplainedCapture(writer.bytes)
        #expect(capture.notes.map(\.sameAs) == [nil, 1, nil])
        #expect(capture.notes[1].details == ["packet 1 again, a NAT made \(Self.mappedB) of \(inside)"])
        #expect(capture.notes[2].destination?.name == "client A")
        #expect(capture.summary.clients.count == 1 && capture.summary.clients[0].qualification.solicitations == 1)
    }

    @Test("a first fragment is explained and its later ones are named; nothing is reassembled")
    func fragments() {
        let payload = [UInt8](repeating: 0, count: 1200)
        let header = IPv6Header(payloadLength: 1200, nextHeader: 17, hopLimit: 9, source: Self.a, destination: Self.b)
        let whole = PcapFile.ipv4Packet(
            encoded { header.encode(into: &$0) } + payload,
            from: Self.mappedA,
            to: Self.mappedB
        )
        func fragment(_ range: Range<Int>, more: Bool) -> [UInt8] {
            var packet = Array(whole[..<20] + whole[(20 + range.lowerBound)..<(20 + range.upperBound)])
            packet[2] = UInt8(packet.count >> 8)
            packet[3] = UInt8(packet.count & 0xFF)
            packet[4] = 9
            packet[6] = (more ? 0x20 : 0) | UInt8((range.lowerBound / 8) >> 8)
            packet[7] = UInt8((range.lowerBound / 8) & 0xFF)
            return packet
        }
        var writer = CaptureWriter(.pcap, .ethernet)
        writer.append(fragment(0..<800, more: true), nanoseconds: 0)
        writer.append(fragment(800..<whole.count - 20, more: false), nanoseconds: 1000)
        let capture = ExplainedCapture(writer.bytes)
        #expect(capture.notes.map(\.kind) == [.data, .fragment])
        #expect(capture.notes[0].details.contains("first fragment of its datagram, not reassembled"))
        #expect(capture.notes[1].details == ["of the datagram of packet 1, octets 800 to 1247, not reassembled"])
        #expect(capture.summary.counts.fragments == 2)
    }

    @Test("an ICMPv4 error is told with what it is about")
    func icmpv4() {
        let quoted = PcapFile.ipv4Packet(Samples.bubble, from: Self.mappedA, to: Self.mappedB)
        var error: [UInt8] = [3, 3, 0, 0, 0, 0, 0, 0] + quoted
        let checksum = ReferenceChecksum.of(error)
        error[2] = UInt8(checksum >> 8)
        error[3] = UInt8(checksum & 0xFF)
        var packet = PcapFile.ipv4Packet([], from: Self.mappedB, to: Self.mappedA)
        packet = Array(packet[..<20]) + error
        packet[9] = 1
        packet[3] = UInt8(packet.count)
        var writer = CaptureWriter(.pcap, .raw)
        writer.append(quoted, nanoseconds: 0)
        writer.append(packet, nanoseconds: 1000)
        let capture = ExplainedCapture(writer.bytes)
        #expect(capture.notes.map(\.kind) == [.directBubble, .icmpv4Error])
        #expect(capture.notes[1].label == "131.107.0.1 answered \"port unreachable\"")
        #expect(capture.notes[1].details == ["about what went to client B, a bubble for \(Self.b)"])
    }

    @Test("datagrams of an offload in one piece are counted, not taken for trailers")
    func offload() {
        let one = Self.echo(.request, Self.a, Self.b)
        let capture = ExplainedCapture([(one + one + one, Self.mappedA, Self.mappedB)])
        #expect(capture.notes[0].details == ["80 octets", "3 datagrams in one piece (offload)"])
        #expect(capture.findings == [[]])
    }

    @Test("other datagrams are not taken for Teredo, on other ports than a server's not even malformed ones")
    func others() {
        let elsewhere = endpoint("192.0.2.1:53")
        let native = RuleFreePacket.bytes
        let capture = ExplainedCapture([
            ([0x12, 0x34, 1, 0, 0, 1], elsewhere, endpoint("192.0.2.2:40000")),
            (native, elsewhere, endpoint("192.0.2.2:40000")),
            ([0x12, 0x34, 1, 0, 0, 1], endpoint("192.0.2.2:40000"), Self.server),
        ])
        #expect(capture.notes.map(\.number) == [3])
        #expect(capture.notes[0].kind == .notWellFormed && capture.notes[0].sureness == .possible)
        #expect(capture.summary.counts.other == 2 && capture.summary.counts.possible == 1)
    }
}

/// IPv6 in UDP without any Teredo address.
private enum RuleFreePacket {
    static let bytes = encoded {
        IPv6Header(
            payloadLength: 0,
            nextHeader: 59,
            hopLimit: 1,
            source: ipv6("2001:db8::1"),
            destination: ipv6("2001:db8::2")
        ).encode(into: &$0)
    }
}
