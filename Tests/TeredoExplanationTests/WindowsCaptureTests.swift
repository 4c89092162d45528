import TeredoChart
import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// What a capture of 2008 shows: Windows XP, Microsoft's server, and a relay that is a Miredo.
struct WindowsCaptureTests {
    private let capture: ExplainedCapture

    init() throws { capture = ExplainedCapture(try ExplainedCapture.windows()) }

    private func note(_ number: Int) throws -> PacketNote {
        try #require(capture.notes.first { $0.number == number })
    }

    @Test("each step of the first contact is told, with who is who and what it leads to")
    func steps() throws {
        let expected: [(Int, String, String, MessageKind, StateChange.State?)] = [
            (6, "client A", "server", .routerSolicitation, .qualifying),
            (7, "server", "client A", .routerAdvertisement, .qualified),
            (29, "client A", "relay", .directBubble, nil),
            (30, "client A", "server", .connectivityTest, .testing),
            (31, "server", "client A", .indirectBubble, nil),
            (32, "client A", "relay", .directBubble, nil),
            (33, "relay", "client A", .connectivityTestReply, .open),
            (34, "client A", "relay", .data, nil),
        ]
        for (number, source, destination, kind, state) in expected {
            let note = try note(number)
            #expect(note.source?.name == source && note.destination?.name == destination, "\(number)")
            #expect(note.kind == kind && note.changes.map(\.state) == (state.map { [$0] } ?? []), "\(number)")
            #expect(note.sureness == .certain)
        }
        #expect(capture.notes.prefix(8).map(\.number) == expected.map(\.0))
    }

    @Test("elements are told with their values")
    func details() throws {
        #expect(try note(6).details == ["authentication: nonce cd5669400b22df88"])
        #expect(try note(7).label == "router advertisement, origin 70.55.215.234:3797")
        #expect(try note(31).details.contains("origin 83.170.1.38:32900 (where the server had it from)"))
        #expect(try note(31).details.contains("from fe80::708d:fe83:4114:a512"))
    }

    @Test("V11, V12: an advertisement with hop limit 254 and without MTU is valid; only the cone phase is remarked on")
    func findings() {
        #expect(capture.allFindings == ["(SEC-24)"])
    }

    @Test("the summary tells who reached whom, how, and how long that took")
    func summary() throws {
        let conversation = try #require(capture.summary.conversations.first)
        #expect(capture.summary.conversations.count == 1)
        #expect(conversation.way == .relay && conversation.relay == endpoint("83.170.1.38:32900"))
        #expect(conversation.firstContact == .nanoseconds(463_685_000))
        #expect(conversation.responder == ipv6("2001:4860:0:2001::68"))
        #expect(conversation.received.packets == 13 && conversation.sent.packets == 10)
        let client = try #require(capture.summary.clients.first?.qualification)
        #expect(client.mapped == endpoint("70.55.215.234:3797") && client.duration == .nanoseconds(122_050_000))
        let server = try #require(capture.summary.parties.first { $0.role == .server })
        #expect(server.endpoints == [endpoint("65.55.158.80:3544"), endpoint("65.55.158.81:3544")])
    }

    @Test("the chart has the exchange in eight rows, the data in one")
    func chart() {
        #expect(capture.summary.chart.participants == ["client A", "server", "relay"])
        #expect(capture.summary.chart.rows.count == 8)
        #expect(capture.summary.chart.rows.last?.label == "22 packets of data, the first one TCP 1286 → 80")
    }

    @Test(
        "with a filter only packets of that address are shown",
        arguments: [
            ("83.170.1.38:32900", 26), ("65.55.158.81", 1), ("2001:4860:0:2001::68", 25), ("70.55.215.234", 28),
            ("192.0.2.1", 0),
        ]
    )
    func filter(text: String, count: Int) throws {
        var options = CaptureExplainer.Options()
        options.address = ExplainedAddress(text)
        #expect(options.address != nil)
        let filtered = ExplainedCapture(try ExplainedCapture.windows(), options)
        #expect(filtered.notes.count == count, "\(filtered.notes.map(\.number))")
        #expect(filtered.notes.allSatisfy { note in capture.notes.contains { $0.number == note.number } })
    }

    @Test("snapped to 96 octets of each packet it tells the same, and says what is missing")
    func snapped() throws {
        var writer = CaptureWriter(.pcap, .raw)
        for packet in CaptureDecoderTests.read(try ExplainedCapture.windows()).packets {
            let nanoseconds = UInt64(try #require(packet.time).nanoseconds)
            writer.append(Array(packet.bytes.dropFirst(14)), nanoseconds: nanoseconds, kept: 96)
        }
        let short = ExplainedCapture(writer.bytes)
        #expect(short.notes.map(\.kind) == capture.notes.map(\.kind))
        #expect(short.allFindings == ["(SEC-24)"])
        let cut = short.notes.filter { $0.details.contains("not all of it was captured") }
        #expect(cut.count > 10 && short.summary.counts.cut > cut.count)
    }
}
