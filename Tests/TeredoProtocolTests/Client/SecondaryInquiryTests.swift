import TeredoWire
import Testing

@testable import TeredoProtocol

/// The secondary server address, which tells the kind of NAT and nothing more.
@Suite struct SecondaryInquiryTests {
    private static let other = UDPEndpoint(ClientHarness.mapped.address, 4097)

    private func withdrawals(_ harness: ClientHarness) -> Int {
        harness.events.count { if case .addressWithdrawn = $0 { true } else { false } }
    }

    private func toSecondary(_ harness: ClientHarness) -> [ClientHarness.Sent] {
        harness.solicitations.filter { $0.to.address == ClientHarness.secondary }
    }

    /// Answers whatever the primary address is asked while time passes, as one that is not the secondary one.
    private func live(_ harness: inout ClientHarness, _ duration: Duration, mapped: UDPEndpoint = ClientHarness.mapped)
    {
        let end = harness.now + duration
        while harness.now < end {
            let count = harness.sent.count
            harness.advance(.milliseconds(500))
            for solicitation in harness.sent.dropFirst(count)
            where solicitation.isSolicitation && solicitation.to.address == ClientHarness.primary {
                let advertisement = ClientHarness.Advertisement(answering: solicitation, mapped: mapped)
                harness.receive(advertisement.bytes, from: solicitation.to)
            }
        }
    }

    @Test(
        "SEC-03: qualified with the first answer of the primary address; the secondary one is asked beside, 3 times 4 s apart"
    )
    func qualifiesAtOnce() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        #expect(harness.client.status == .qualified(.unknown))
        live(&harness, .seconds(14))
        let times = toSecondary(harness).map { $0.at - harness.solicitations[0].at }
        #expect(times == [.zero, .seconds(4), .seconds(8)])
        #expect(Set(toSecondary(harness).compactMap(\.nonce)).count == 3)
        #expect(harness.client.status == .qualified(.unknown))
    }

    @Test("SEC-39: a qualification that begins anew keeps 4 s from the question to the secondary address")
    func restart() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let asked = harness.now
        #expect(toSecondary(harness).map(\.at) == [asked])
        harness.advance(.seconds(1))
        harness.sent = []
        harness.start()
        #expect(harness.solicitations.isEmpty)
        harness.advance(.seconds(4))
        #expect(harness.solicitations.map(\.at) == [asked + .seconds(4)])
    }

    @Test(
        "SEC-39: while the secondary address is asked, no silent peer makes the client ask the primary one within 4 s"
    )
    func oneAtATime() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let peer = Packets.peer()
        for _ in 0..<60 {
            harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
            harness.advance(.milliseconds(250))
        }
        let unanswered = harness.solicitations.dropFirst().map(\.at)
        #expect(unanswered.count >= 3)
        #expect(zip(unanswered.dropFirst(), unanswered).allSatisfy { $0 - $1 >= .seconds(4) })
    }

    @Test("A silent secondary address changes nothing for a day, and is asked ever more rarely")
    func staysQualified() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let address = harness.client.address
        live(&harness, .seconds(86_400))
        #expect(harness.client.address == address)
        #expect(withdrawals(harness) == 0)
        let times = toSecondary(harness).map(\.at)
        #expect((20...50).contains(times.count), "\(times.count)")
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(4) }, "SEC-39")
    }

    @Test(
        "SEC-39: a server that falls silent is asked at neither address within 4 s of the last question",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func spacing(seed: UInt64) {
        var harness = ClientHarness(seed: seed)
        harness.start()
        harness.answer()
        harness.advance(.seconds(900))
        let times = harness.solicitations.dropFirst().map(\.at)
        #expect(toSecondary(harness).count > 2 && times.count > 12)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(4) })
    }

    @Test("A symmetric NAT is found out beside, also after a silence, and the address stays", arguments: [0, 60])
    func findsOut(pause: Int) {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let address = harness.client.address
        live(&harness, .seconds(pause))
        let question = toSecondary(harness).last
        harness.receive(
            ClientHarness.Advertisement(answering: question ?? harness.solicitations[0], mapped: Self.other).bytes,
            from: UDPEndpoint(ClientHarness.secondary, 3544)
        )
        #expect(harness.client.status == .qualified(.symmetric))
        #expect(harness.client.address == address)
        #expect(harness.client.secondaryMappedEndpoint == Self.other)
        #expect(withdrawals(harness) == 0)
        let count = toSecondary(harness).count
        live(&harness, .seconds(7200))
        #expect(toSecondary(harness).count == count, "what is known is not asked again")
    }

    @Test("The answer to an earlier question counts: round trips may be longer than 4 s")
    func longWay() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        let first = harness.solicitations[1]
        harness.advance(.seconds(5))
        #expect(toSecondary(harness).count == 2)
        harness.receive(
            ClientHarness.Advertisement(answering: first, mapped: ClientHarness.mapped).bytes,
            from: first.to
        )
        #expect(harness.client.status == .qualified(.restricted))
    }

    @Test("V11, SEC-01: only a nonce that the secondary address was asked with counts, and only from there")
    func forged() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        var forged = ClientHarness.Advertisement(answering: harness.solicitations[1], mapped: Self.other)
        #expect(harness.receive(forged.bytes, from: harness.server) != .consumed)
        #expect(harness.receive(forged.bytes, from: UDPEndpoint(ClientHarness.secondary, 3545)) != .consumed)
        forged.authentication?.nonce ^= 1
        #expect(harness.receive(forged.bytes, from: UDPEndpoint(ClientHarness.secondary, 3544)) != .consumed)
        #expect(harness.client.status == .qualified(.unknown))
    }

    @Test("The answer of the secondary address does not put off the refresh of the mapping towards the primary one")
    func noInteraction() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        harness.advance(.seconds(20))
        let question = toSecondary(harness).last ?? harness.solicitations[1]
        harness.receive(ClientHarness.Advertisement(answering: question, mapped: Self.other).bytes, from: question.to)
        #expect(harness.client.natClass == .symmetric)
        let count = harness.solicitations.count
        harness.advance(.seconds(10))
        #expect(harness.solicitations.dropFirst(count).first?.to == harness.server)
    }

    @Test(
        "Mapping change with a silent secondary address: the new address is used at once and stays (section 5.2.5)",
        arguments: [false, true]
    )
    func mappingChange(isStrict: Bool) {
        var harness = ClientHarness.qualified {
            $0.qualification.acceptsSilentSecondary = !isStrict
            $0.qualification.rejectsSymmetricNAT = isStrict
        }
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.answer(mapped: Self.other)
        #expect(harness.client.mappedEndpoint == Self.other)
        #expect(harness.client.status.word == "qualified")
        #expect(toSecondary(harness).count == 1)
        live(&harness, .seconds(120), mapped: Self.other)
        #expect(harness.client.mappedEndpoint == Self.other)
        #expect(withdrawals(harness) == 1)
    }

    @Test("Mapping change: START_SECOND runs again beside the new address and finds another NAT")
    func mappingChangeExamines() {
        var harness = ClientHarness.qualified()
        #expect(harness.client.natClass == .restricted)
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.answer(mapped: Self.other)
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, 5000))
        #expect(harness.client.status == .qualified(.symmetric))
        #expect(harness.client.mappedEndpoint == Self.other)
        harness.forget()
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.answer()
        harness.answer()
        #expect(harness.client.status == .qualified(.restricted), "what the mapping before showed is over")
    }

    @Test("--strict: START_SECOND comes before the address, a symmetric NAT is refused, and after a mapping change too")
    func strict() {
        func strict(_ configuration: inout ClientConfiguration) {
            configuration.qualification.acceptsSilentSecondary = false
            configuration.qualification.rejectsSymmetricNAT = true
        }
        var harness = ClientHarness(strict)
        harness.start()
        harness.answer()
        #expect(harness.client.status == .starting(.secondary))
        harness.answer()
        #expect(harness.client.status == .qualified(.restricted))
        harness.forget()
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.answer(mapped: Self.other)
        harness.answer(mapped: ClientHarness.mapped)
        #expect(harness.client.status.word == "offline")
        #expect(harness.client.address == nil)
    }

    @Test(
        "SEC-39: somebody else on this host may solicit when no question to the secondary address is unanswered or near"
    )
    func foreignSolicitations() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        #expect(harness.client.nextForeignSolicitation(now: harness.now) == harness.now + .milliseconds(4100))
        live(&harness, .seconds(13))
        #expect(harness.client.nextForeignSolicitation(now: harness.now) == harness.now)
    }

    @Test("Another server tells the kind of NAT as well as a secondary address", arguments: [4096, 4097] as [UInt16])
    func standbyTells(port: UInt16) {
        var harness = ClientHarness()
        harness.answersServerRequests = false
        harness.start()
        let other = IPv4Address(203, 0, 113, 77)
        harness.client.setServers(
            [
                ServerAddresses(primary: ClientHarness.primary, secondary: nil),
                ServerAddresses(primary: other, secondary: nil),
            ],
            now: harness.now
        )
        harness.drain()
        harness.answer()
        #expect(harness.client.status == .qualified(.unknown))
        while harness.solicitations.last?.to.address != other { harness.advance(.milliseconds(100)) }
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, port)) {
            $0.advertisement = RouterAdvertisement(
                source: TeredoLinkLocal.server(other),
                destination: $0.advertisement.destination,
                server: other
            )
        }
        #expect(harness.client.status == .qualified(port == 4096 ? .restricted : .symmetric))
    }
}

/// What is done in the moments in which the kind of NAT is not known yet.
@Suite struct UnknownNATTests {
    private static func client() -> ClientHarness {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        return harness
    }

    @Test(
        "Bubbles to a new peer wait for the kind of NAT and leave when it is known",
        arguments: [4096, 61_000] as [UInt16]
    )
    func waitsForAnswer(port: UInt16) {
        var harness = Self.client()
        let peer = Packets.peer()
        #expect(harness.transmit(to: peer) == .consumed)
        harness.advance(.milliseconds(300))
        #expect(harness.bubbles.isEmpty)
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, port))
        #expect(harness.indirect.first?.at == harness.now)
        #expect((harness.indirect.first?.trailers.randomPort != nil) == (port != 4096))
    }

    @Test("Bubbles wait 2 s at most after the qualification; packets to native hosts do not wait")
    func silent() {
        var harness = Self.client()
        let begin = harness.now
        harness.advance(.milliseconds(500))
        harness.transmit(to: Packets.peer())
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        #expect(!harness.echoes.isEmpty)
        harness.advance(.seconds(3))
        #expect(harness.indirect.first?.at == begin + .seconds(2))
        harness.transmit(to: Packets.peer(port: 6000))
        #expect(harness.indirect.last?.at == harness.now, "later ones do not wait")
    }

    @Test("SEC-39: another secondary address is asked from the beginning, whatever became of the one before")
    func again() {
        var client = ClientHarness.qualified().client
        let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var inquiry = SecondaryInquiry()
        for server in [ClientHarness.secondary, IPv4Address(192, 0, 2, 65)] {
            inquiry.begin(server, client.connectivity.context, &client.output, now: now)
            #expect(inquiry.isFresh && inquiry.server == server)
            for question in 1...3 {
                let time = now + .seconds(4 * question)
                #expect(inquiry.deadline == time)
                inquiry.handleTimeout(notBefore: now, client.connectivity.context, &client.output, now: time)
                #expect((inquiry.nextQuestion != nil) == (question == 3))
            }
            #expect(!inquiry.isFresh)
        }
    }
}
