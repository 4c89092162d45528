import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// What the machines measure for monitoring.
@Suite struct MeasurementTests {
    private static func histogram(_ times: Duration...) -> DurationHistogram {
        times.reduce(into: DurationHistogram()) { $0.record($1) }
    }

    @Test(
        "the time without an address runs from the first attempt on, over the pauses, and not while there is no network"
    )
    func qualification() {
        var harness = ClientHarness()
        harness.start()
        harness.advance(.milliseconds(40))
        harness.answer()
        #expect(harness.client.qualificationTimes == Self.histogram(.milliseconds(40)))
        // Without a network nothing is attempted.
        harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: harness.now)
        harness.drain()
        harness.advance(.seconds(500))
        harness.start()
        harness.advance(.milliseconds(30))
        harness.answer()
        #expect(harness.client.qualificationTimes == Self.histogram(.milliseconds(40), .milliseconds(30)))
        // Off-line for lack of answers, and an attempt later on that is answered.
        harness.start()
        let begin = harness.now
        while harness.now - begin < .seconds(60) {
            if case .offline = harness.client.status { break }
            harness.advance(.seconds(1))
        }
        #expect(harness.client.status.word == "offline")
        harness.forget()
        while harness.solicitations.isEmpty, harness.now - begin < .seconds(600) { harness.advance(.seconds(1)) }
        harness.answer()
        let whole = harness.now - begin
        #expect(whole > .seconds(12))
        #expect(harness.client.qualificationTimes == Self.histogram(.milliseconds(40), .milliseconds(30), whole))
    }

    @Test(
        "a first contact takes as long as its oldest packet waits; each packet's wait and the round trip count by themselves"
    )
    func contact() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6, marker: 1))
        harness.advance(.milliseconds(20))
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6, marker: 2))
        #expect(harness.client.queuedPackets == 2)
        harness.advance(.milliseconds(60))
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        var measured = harness.client.contactMeasurements
        #expect(measured.firstContacts == Self.histogram(.milliseconds(80)))
        #expect(measured.queueTimes == Self.histogram(.milliseconds(80), .milliseconds(60)))
        #expect(harness.client.queuedPackets == 0)
        // What goes the open way waits for nothing.
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6, marker: 3))
        measured = harness.client.contactMeasurements
        #expect(measured.firstContacts.count == 1 && measured.queueTimes.count == 2)
    }

    @Test("a connectivity test is a round trip, and what was held of the native host waited as long")
    func native() throws {
        var harness = ClientHarness.qualified()
        let packet = Packets.udp(from: ClientHarness.native, to: harness.own)
        #expect(harness.receive(packet, from: ClientHarness.relay) == .consumed)
        #expect(harness.client.queuedPackets == 1)
        let request = try #require(harness.echoes.first?.echo)
        harness.advance(.milliseconds(35))
        harness.receive(Packets.echo(request.reply), from: ClientHarness.relay)
        #expect(harness.delivered == [packet])
        let summary = harness.client.peerSummary(of: ClientHarness.native, now: harness.now)
        #expect(summary?.octetsReceived == UInt64(packet.count))
        let measured = harness.client.contactMeasurements
        #expect(measured.roundTrips == Self.histogram(.milliseconds(35)))
        #expect(measured.queueTimes == Self.histogram(.milliseconds(35)))
        #expect(measured.firstContacts.count == 0, "nothing of this host waited")
    }

    @Test("an answer at once is a round trip too, and one to a bubble that went later is none")
    func roundTripOfBubble() throws {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Packets.peer())
        let nonce = try #require(harness.indirect.compactMap(\.trailers.nonce).first)
        harness.receiveDirect(Packets.peer(), [.nonce(nonce)], from: endpoint("203.0.113.20:61000"))
        #expect(harness.client.contactMeasurements.roundTrips == Self.histogram(.zero))
    }

    @Test("a contact that fails is in no histogram, and its packets wait no more")
    func failure() {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: Packets.peer().ipv6))
        harness.advance(.seconds(10))
        #expect(harness.client.queuedPackets == 0 && harness.client.queuedOctets == 0)
        #expect(harness.client.contactMeasurements == ContactMeasurements())
    }

    @Test("a relay measures its contacts with clients in the same way")
    func relay() {
        var harness = RelayHarness()
        harness.transmit(RelayHarness.packet())
        harness.advance(.milliseconds(70))
        #expect(harness.relay.queuedPackets == 1)
        harness.answer()
        let measured = harness.relay.contactMeasurements
        #expect(measured.firstContacts == Self.histogram(.milliseconds(70)))
        #expect(measured.queueTimes == Self.histogram(.milliseconds(70)))
        #expect(measured.roundTrips == Self.histogram(.milliseconds(70)))
        #expect(harness.relay.queuedPackets == 0)
    }
}
