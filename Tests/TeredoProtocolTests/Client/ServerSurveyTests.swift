import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Asking all addresses of a server's name.
@Suite struct ServerSurveyTests {
    private static let (first, second, third) = (
        IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 129), IPv4Address(198, 51, 100, 9)
    )
    private static let begin = ProtocolInstant(nanoseconds: 1_000_000_000)

    private static func survey(_ addresses: [IPv4Address]) -> ServerSurvey {
        ServerSurvey(
            of: addresses,
            secret: nil,
            filter: GlobalUnicastFilter(),
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: 1)
        )
    }

    private static func drain(_ survey: inout ServerSurvey, at now: ProtocolInstant) -> [ClientHarness.Sent] {
        var sent: [ClientHarness.Sent] = []
        while true {
            var destination: UDPEndpoint?
            let bytes = [UInt8](capacity: 2048) { destination = survey.pollTransmit(into: &$0) }
            guard let destination else { return sent }
            sent.append(ClientHarness.Sent(to: destination, port: .service, bytes: bytes, at: now))
        }
    }

    private static func answer(_ sent: ClientHarness.Sent, naming server: IPv4Address) -> [UInt8] {
        var advertisement = ClientHarness.Advertisement(answering: sent, mapped: ClientHarness.mapped)
        advertisement.advertisement = RouterAdvertisement(
            source: TeredoLinkLocal.server(server),
            destination: advertisement.advertisement.destination,
            server: server
        )
        return advertisement.bytes
    }

    @Test("Each address is asked at once, and who answers tells which server it belongs to")
    func relations() {
        var survey = Self.survey([Self.first, Self.second, Self.third])
        survey.start(now: Self.begin)
        let sent = Self.drain(&survey, at: Self.begin)
        #expect(sent.map(\.to.address) == [Self.first, Self.second, Self.third])
        #expect(Set(sent.compactMap(\.nonce)).count == 3)
        let now = Self.begin + .milliseconds(5)
        for (question, server) in zip(sent, [Self.first, Self.first, Self.third]) {
            survey.handleDatagram(Self.answer(question, naming: server).span, from: question.to, now: now)
        }
        #expect(
            survey.findings.map(\.finding) == [
                .server(.milliseconds(5)), .secondary(of: Self.first, .milliseconds(5)), .server(.milliseconds(5)),
            ]
        )
        #expect(survey.nextTimeout == nil)
    }

    @Test("Silent addresses are asked three times, a second apart, and the survey ends after three seconds")
    func silence() {
        var survey = Self.survey([Self.first, Self.second])
        survey.start(now: Self.begin)
        var sent = Self.drain(&survey, at: Self.begin)
        survey.handleDatagram(Self.answer(sent[0], naming: Self.first).span, from: sent[0].to, now: Self.begin)
        while let next = survey.nextTimeout {
            survey.handleTimeout(now: next)
            sent += Self.drain(&survey, at: next)
            #expect(next <= Self.begin + .seconds(3))
        }
        #expect(sent.filter { $0.to.address == Self.first }.count == 1)
        #expect(
            sent.filter { $0.to.address == Self.second }.map { $0.at - Self.begin } == [0, 1, 2].map { .seconds($0) }
        )
        #expect(survey.findings.map(\.finding) == [.server(.zero), .silent])
    }

    @Test("SEC-34, SEC-01: nothing goes to what cannot be a server, and nothing is believed without its nonce")
    func rules() {
        var survey = Self.survey([IPv4Address(127, 0, 0, 1), .broadcast, IPv4Address(10, 0, 0, 1), Self.first])
        survey.start(now: Self.begin)
        let sent = Self.drain(&survey, at: Self.begin)
        #expect(sent.map(\.to.address) == [Self.first])
        var forged = ClientHarness.Advertisement(answering: sent[0], mapped: ClientHarness.mapped)
        forged.authentication?.nonce ^= 1
        survey.handleDatagram(forged.bytes.span, from: sent[0].to, now: Self.begin)
        survey.handleDatagram(
            Self.answer(sent[0], naming: Self.first).span,
            from: UDPEndpoint(Self.second, 3544),
            now: Self.begin
        )
        #expect(survey.findings.map(\.finding) == [.silent])
        survey.handleDatagram(Self.answer(sent[0], naming: Self.third).span, from: sent[0].to, now: Self.begin)
        #expect(survey.findings.map(\.finding) == [.rejected(.invalidAdvertisement)])
    }
}
