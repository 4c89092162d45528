import Testing

@testable import TeredoWeb

@Suite("Rates and exchanges from reports")
struct CounterTests {
    private func reading(_ text: String) throws -> CounterReading {
        CounterReading(status: try JSONParser.parse(Array(text.utf8)))
    }

    @Test("Growth a second, with drops and losses by their reasons")
    func rates() throws {
        let before = try reading(
            #"{"uptimeSeconds":1,"peers":5,"counters":{"octetsSent":10,"drops":{},"system":{"receiveBufferFull":1,"subscribersDropped":0}}}"#
        )
        let after = try reading(
            #"{"uptimeSeconds":3,"peers":9,"counters":{"octetsSent":30,"drops":{"malformed":4},"system":{"receiveBufferFull":2,"subscribersDropped":7}}}"#
        )
        let rates = try #require(after.rates(since: before, seconds: 2))
        #expect(rates == ["octetsSent": 10, "drop.malformed": 2, "drop.receiveBufferFull": 0.5, "newPeers": 2])
    }

    @Test("The parts of a gateway are added up")
    func gateway() throws {
        let both = try reading(
            #"{"uptimeSeconds":1,"server":{"xdpAnswered":2,"counters":{"solicitations":3}},"relay":{"counters":{"solicitations":4}}}"#
        )
        #expect(both.counters == ["solicitations": 7, "xdpAnswered": 2])
    }

    @Test("A role that began anew has no rates and exchanged nothing")
    func restart() throws {
        let before = try reading(#"{"uptimeSeconds":100,"counters":{"solicitations":10}}"#)
        let after = try reading(#"{"uptimeSeconds":1,"counters":{"solicitations":20}}"#)
        #expect(after.rates(since: before, seconds: 1) == nil)
        #expect(Exchanges.events(of: "client", from: before, to: after).isEmpty)
        let smaller = try reading(#"{"uptimeSeconds":101,"counters":{"solicitations":5}}"#)
        #expect(smaller.rates(since: before, seconds: 1) == nil)
    }

    @Test("A client sends solicitations, a server receives them")
    func exchanges() throws {
        let before = try reading(#"{"uptimeSeconds":1,"counters":{"solicitations":1,"bubblesReceived":5}}"#)
        let after = try reading(#"{"uptimeSeconds":2,"counters":{"solicitations":3,"bubblesReceived":5}}"#)
        let client = Exchanges.events(of: "client", from: before, to: after).map(\.line)
        #expect(
            client == [
                #"{"event":"exchange","exchange":{"count":2,"direction":"sent","message":"router solicitation","party":"server"}}"#
            ]
        )
        let server = Exchanges.events(of: "server", from: before, to: after).map(\.line)
        #expect(
            server == [
                #"{"event":"exchange","exchange":{"count":2,"direction":"received","message":"router solicitation","party":"clients"}}"#
            ]
        )
    }
}
