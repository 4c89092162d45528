import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/fleet.md section 3: packets of a native host that come in through siblings of the proven relay.
@Suite struct RelayFleetTests {
    private static let sibling = UDPEndpoint(IPv4Address(203, 0, 113, 10), 3545)
    private static let stranger = UDPEndpoint(IPv4Address(203, 0, 113, 11), 3545)

    /// A client that proved a relay for the native host.
    private static func connected() throws -> ClientHarness {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        harness.receive(Packets.echo(try #require(harness.echoes.last?.echo).reply), from: ClientHarness.relay)
        harness.forget()
        return harness
    }

    private static func data(_ harness: ClientHarness, marker: UInt8 = 0) -> [UInt8] {
        Packets.udp(from: ClientHarness.native, to: harness.own, marker: marker)
    }

    /// The questions for siblings among what was sent.
    private static func questions(_ harness: ClientHarness) -> [(to: UDPEndpoint, siblings: RelaySiblings)] {
        harness.bubbles.compactMap { sent in
            guard let datagram = sent.datagram else { return nil }
            let trailers = try? TrailerList(parsing: sent.bytes.span.extracting(datagram.trailers))
            return trailers?.relaySiblings.map { (sent.to, $0) }
        }
    }

    private static func answer(
        _ question: RelaySiblings,
        _ harness: ClientHarness,
        with siblings: [UDPEndpoint] = [sibling]
    ) -> [UInt8] {
        let bubble = TeredoBubble(source: ClientHarness.native, destination: harness.own)
        let trailers = TrailerList([.relaySiblings(RelaySiblings(answering: question, with: siblings))])
        return [UInt8](capacity: TeredoBubble.length + trailers.length) { output in
            bubble.encode(into: &output)
            trailers.encode(into: &output)
        }
    }

    /// A client whose relay named its sibling.
    private static func informed(with siblings: [UDPEndpoint] = [sibling]) throws -> ClientHarness {
        var harness = try connected()
        harness.receive(data(harness), from: sibling)
        let question = try #require(questions(harness).first)
        harness.receive(answer(question.siblings, harness, with: siblings), from: ClientHarness.relay)
        return harness
    }

    @Test(
        "a packet that comes in elsewhere waits while the proven relay is asked, and is delivered when that names the place"
    )
    func held() throws {
        var harness = try Self.connected()
        #expect(harness.receive(Self.data(harness, marker: 7), from: Self.sibling) == .consumed)
        let question = try #require(Self.questions(harness).first)
        #expect(question.to == ClientHarness.relay && harness.delivered.isEmpty)
        harness.receive(Self.answer(question.siblings, harness), from: ClientHarness.relay)
        #expect(harness.delivered == [Self.data(harness, marker: 7)])
        harness.receive(Self.data(harness, marker: 8), from: Self.sibling)
        #expect(harness.delivered.last == Self.data(harness, marker: 8))
    }

    @Test("SEC-07: what goes out takes the proven relay only, whoever else its packets come from")
    func outgoing() throws {
        var harness = try Self.informed()
        harness.receive(Self.data(harness), from: Self.sibling)
        harness.forget()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        #expect(harness.sent.map(\.to) == [ClientHarness.relay])
    }

    @Test("SEC-10: nobody is a sibling because he says so, nor by another nonce, nor for Teredo peers")
    func forged() throws {
        var harness = try Self.connected()
        harness.receive(Self.data(harness), from: Self.stranger)
        let question = try #require(Self.questions(harness).first).siblings
        let claimed = [Self.stranger]
        harness.receive(Self.answer(question, harness, with: claimed), from: Self.stranger)
        let guess = RelaySiblings(asking: question.nonce ^ 1)
        harness.receive(Self.answer(guess, harness, with: claimed), from: ClientHarness.relay)
        harness.receive(Self.data(harness), from: Self.stranger)
        #expect(harness.delivered.isEmpty)
        harness.receive(Self.answer(question, harness, with: [Self.sibling]), from: ClientHarness.relay)
        harness.receive(Self.data(harness), from: Self.stranger)
        let peer = Packets.peer().ipv6
        harness.receive(Packets.udp(from: peer, to: harness.own), from: Self.sibling)
        #expect(harness.delivered.isEmpty)
        #expect(harness.client.counters.drops[.endpointMismatch] >= 1)
    }

    @Test("V14: endpoints that nothing may be sent to are no siblings")
    func forbidden() throws {
        let inside = UDPEndpoint(IPv4Address(10, 0, 0, 1), 3545)
        var harness = try Self.informed(with: [inside])
        harness.receive(Self.data(harness), from: inside)
        #expect(harness.delivered.isEmpty)
    }

    @Test("a relay that does not answer is asked three times and not again for ten minutes")
    func silence() throws {
        var harness = try Self.connected()
        harness.receive(Self.data(harness), from: Self.sibling)
        harness.live(.seconds(20), .constant)
        #expect(Self.questions(harness).count == 3)
        harness.receive(Self.data(harness), from: Self.sibling)
        harness.live(.seconds(20), .constant)
        #expect(Self.questions(harness).count == 3)
        #expect(harness.client.counters.drops[.connectivityTestFailed] >= 1, "what was held is dropped and counted")
    }

    @Test(
        "a relay whose hosts are heard through siblings is asked every 0.5 s, and given up when it does not answer three times"
    )
    func death() throws {
        var harness = try Self.informed()
        harness.advance(.milliseconds(1))
        harness.receive(Self.data(harness), from: Self.sibling)
        harness.forget()
        harness.advance(.milliseconds(1050))
        #expect(Self.questions(harness).count == 3)
        harness.advance(.milliseconds(100))
        #expect(Self.questions(harness).count == 3)
        harness.forget()
        #expect(harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native)) == .consumed)
        #expect(harness.echoes.count == 1, "the host is tested anew")
    }

    @Test("without packets through siblings nothing is asked any more")
    func rest() throws {
        var harness = try Self.informed()
        harness.forget()
        harness.advance(.seconds(2))
        for _ in 0..<20 {
            if let question = Self.questions(harness).last {
                harness.forget()
                harness.receive(Self.answer(question.siblings, harness), from: ClientHarness.relay)
            }
            harness.advance(.seconds(2))
        }
        harness.forget()
        harness.advance(.seconds(20))
        #expect(Self.questions(harness).isEmpty)
    }
}
