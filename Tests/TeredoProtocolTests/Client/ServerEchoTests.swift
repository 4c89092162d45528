import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// A client that asks its server by bubbles to itself, because there is another server to go to.
@Suite struct ServerEchoTests {
    private static let other = IPv4Address(192, 0, 2, 65)

    /// A qualified client with a second server that answers.
    private func harness() -> ClientHarness {
        var harness = ClientHarness()
        harness.answersServerRequests = false
        harness.start()
        harness.client.setServers(
            [
                ServerAddresses(primary: ClientHarness.primary, secondary: ClientHarness.secondary),
                ServerAddresses(primary: Self.other, secondary: Self.other.successor),
            ],
            now: harness.now
        )
        harness.drain()
        harness.answer(from: ClientHarness.primary)
        harness.answer(from: ClientHarness.secondary)
        while harness.solicitations.last?.to.address != Self.other { harness.advance(.milliseconds(50)) }
        answerOther(&harness)
        harness.forget()
        // The first question after a qualification comes within one interval; the advertisement is fresh then.
        return harness
    }

    private func answerOther(_ harness: inout ClientHarness) {
        harness.answer(from: Self.other) { advertisement in
            advertisement.advertisement = RouterAdvertisement(
                source: TeredoLinkLocal.server(Self.other),
                destination: advertisement.advertisement.destination,
                server: Self.other
            )
        }
    }

    /// Lets time pass until the client asks its server by a bubble.
    private func question(_ harness: inout ClientHarness) -> ClientHarness.Sent? {
        for _ in 0..<100 {
            if let bubble = harness.bubbles.last(where: { $0.to == harness.server }) { return bubble }
            harness.advance(.milliseconds(50))
        }
        return nil
    }

    /// What the server makes of it.
    private func passedOn(_ sent: ClientHarness.Sent, origin: UDPEndpoint = ClientHarness.mapped) -> [UInt8] {
        [UInt8](capacity: 80) { output in
            OriginIndication(origin).encode(into: &output)
            output.append(copying: sent.bytes.span)
        }
    }

    @Test("SEC-03: no two bubbles to itself carry the same nonce")
    func freshNonces() {
        var harness = harness()
        harness.advance(.seconds(5))
        let nonces = harness.bubbles.filter { $0.to == harness.server }.compactMap(\.trailers.nonce)
        #expect(nonces.count > 2 && Set(nonces).count == nonces.count)
    }

    @Test("A bubble to itself that comes back is a sign of life: no solicitation, and the next question in 2.25 to 3 s")
    func comesBack() throws {
        var harness = harness()
        for _ in 0..<10 {
            let bubble = try #require(question(&harness))
            #expect(bubble.datagram?.header.source == harness.own && bubble.datagram?.header.destination == harness.own)
            harness.forget()
            #expect(harness.receive(passedOn(bubble), from: harness.server) == .consumed)
            harness.advance(.milliseconds(2200))
            #expect(harness.sent.isEmpty)
        }
        #expect(harness.client.servers.first?.lastAnswer.map { harness.now - $0 < .seconds(3) } == true)
    }

    @Test("A server that passes no bubble on is asked by solicitations after two, and after eight if it did before")
    func failures() throws {
        var client = ClientHarness.qualified().client
        let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var echo = ServerEcho()
        func failures(upTo limit: Int) -> Int {
            var count = 0
            while echo.isPossible, count < limit {
                echo.send(client.connectivity.context, &client.output, now: now)
                echo.recordSolicitationAnswered(sentAt: now + .seconds(1))
                count += 1
            }
            return count
        }
        #expect(failures(upTo: 100) == 2)
        echo.reset()
        #expect(failures(upTo: 1) == 1)
        echo.send(client.connectivity.context, &client.output, now: now)
        var bytes: [UInt8] = []
        while true {
            let next = [UInt8](capacity: 1500) { _ = client.pollTransmit(into: &$0) }
            guard !next.isEmpty else { break }
            bytes = next
        }
        let datagram = try TeredoDatagram(validating: bytes.span)
        let isAccepted = echo.accept(datagram, in: bytes.span, client.connectivity.context)
        #expect(isAccepted)
        #expect(failures(upTo: 100) == 8)
    }

    @Test("SEC-13: a bubble with another nonce, from elsewhere, or of another mapping is no sign of life")
    func forged() throws {
        for change in 0..<3 {
            var harness = harness()
            let bubble = try #require(question(&harness))
            switch change {
            case 0:
                var bytes = passedOn(bubble)
                bytes[bytes.count - 1] ^= 1
                harness.receive(bytes, from: harness.server)
            case 1:
                harness.receive(passedOn(bubble), from: UDPEndpoint(IPv4Address(203, 0, 113, 5), 3544))
            default:
                let elsewhere = UDPEndpoint(ClientHarness.mapped.address, 4097)
                harness.receive(passedOn(bubble, origin: elsewhere), from: harness.server)
            }
            harness.forget()
            harness.advance(.milliseconds(260))
            #expect(harness.solicitations.contains { $0.to == harness.server }, "asked again, change \(change)")
        }
    }

    @Test("A silent server hears seven bubbles and three solicitations in 1.5 s, and is left for one that answers")
    func silence() throws {
        var harness = harness()
        _ = try #require(question(&harness))
        harness.advance(.milliseconds(260))
        answerOther(&harness)
        harness.advance(.milliseconds(1500))
        let asked = harness.sent.filter { $0.to == harness.server || $0.to.address == ClientHarness.primary }
        #expect(asked.count(where: \.isBubble) == 7 && asked.count(where: \.isSolicitation) == 3)
        #expect(harness.client.address?.server == Self.other)
    }

    @Test("A bubble through the other server counts as its answer, when it comes back to where that saw the client")
    func otherServer() throws {
        var harness = harness()
        _ = try #require(question(&harness))
        harness.advance(.milliseconds(260))
        let place = UDPEndpoint(Self.other, 3544)
        let bubble = try #require(harness.bubbles.last { $0.to == place })
        let destination = try #require(bubble.datagram?.header.destination)
        let address = try #require(TeredoAddress(destination))
        #expect(address.server == Self.other && address.mappedEndpoint == ClientHarness.mapped)
        var forged = passedOn(bubble)
        forged[forged.count - 2] ^= 1
        #expect(harness.receive(forged, from: place) == .drop(.foreignOrigin))
        #expect(harness.receive(passedOn(bubble), from: place) == .consumed)
        harness.advance(.milliseconds(1500))
        #expect(harness.client.address?.server == Self.other)
    }

    @Test("What comes through the server during a check keeps it, though no question was answered")
    func otherPackets() throws {
        var harness = harness()
        _ = try #require(question(&harness))
        harness.advance(.milliseconds(260))
        answerOther(&harness)
        harness.receive(
            Packets.bubble(from: Packets.peer().ipv6, to: harness.own, origin: Packets.peer().mappedEndpoint),
            from: harness.server
        )
        harness.advance(.milliseconds(1500))
        #expect(harness.client.address?.server == ClientHarness.primary)
    }

    @Test("An unanswered refresh of a client with one server is repeated with a bubble, whose return keeps the address")
    func singleServer() throws {
        var harness = ClientHarness.qualified()
        harness.advance(.seconds(30))
        #expect(harness.solicitations.count == 1 && harness.bubbles.isEmpty)
        harness.advance(.seconds(4))
        let bubble = try #require(harness.bubbles.last)
        harness.receive(passedOn(bubble), from: harness.server)
        harness.forget()
        harness.advance(.seconds(20))
        #expect(harness.sent.isEmpty && harness.client.address != nil)
    }

    @Test("SEC-39: a server that is not in use and answered is not asked again in the same check")
    func answeredStandby() throws {
        var harness = harness()
        _ = try #require(question(&harness))
        harness.forget()
        for _ in 0..<100 where harness.solicitations.last?.to.address != Self.other {
            harness.advance(.milliseconds(50))
        }
        answerOther(&harness)
        for _ in 0..<100 where harness.client.address?.server == ClientHarness.primary {
            harness.advance(.milliseconds(50))
        }
        #expect(harness.client.address?.server == Self.other)
        #expect(harness.solicitations.count { $0.to.address == Self.other } == 1)
    }
}
