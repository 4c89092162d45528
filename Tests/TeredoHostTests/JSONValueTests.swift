import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoHost

@Suite("Values in JSON")
struct JSONValueTests {
    private struct Report: Codable, Hashable {
        var address: IPv6Address
        var server: IPv4Address?
        @OrNull var endpoint: UDPEndpoint?
        @OrNull var teredo: TeredoAddress?
        @JSONTime<Seconds> var uptime: Duration
        @JSONTimeIfKnown<TenthsOfMilliseconds> var roundTrip: Duration?
        @JSONTimeOrNull<WholeMilliseconds> var search: Duration?
    }

    @Test("addresses are texts, spans of time are numbers, and what is not known is null or absent as its type says")
    func written() throws {
        var report = Report(address: ipv6("2001:db8::1"), uptime: .milliseconds(59_999))
        var text = #"{"address":"2001:db8::1","endpoint":null,"search":null,"teredo":null,"uptime":59}"#
        #expect(try JSONText.encode(report, isPretty: false) == text)
        report.server = ipv4("192.0.2.1")
        report.endpoint = endpoint("192.0.2.1:3544")
        report.teredo = TeredoAddress(ipv6("2001:0:c000:201:2cad:efff:39cc:9bf8"))
        report.uptime = .seconds(60)
        report.roundTrip = .microseconds(23_400)
        report.search = .milliseconds(340)
        text =
            #"{"address":"2001:db8::1","endpoint":"192.0.2.1:3544","roundTrip":23.4,"search":340,"#
            + #""server":"192.0.2.1","teredo":"2001:0:c000:201:2cad:efff:39cc:9bf8","uptime":60}"#
        #expect(try JSONText.encode(report, isPretty: false) == text)
        #expect(try JSONText.decode(Report.self, from: text) == report)
    }

    @Test("a missing key is as good as null")
    func missing() throws {
        let report = try JSONText.decode(Report.self, from: #"{"address":"::1","uptime":1}"#)
        #expect(report == Report(address: .loopback, uptime: .seconds(1)))
    }

    @Test("a text that is no address is an error that quotes it", arguments: ["2001:db8::x", "", "192.0.2.1"])
    func wrong(text: String) throws {
        let error = #expect(throws: ServiceError.self) {
            try JSONText.decode(Report.self, from: #"{"address":"\#(text)","uptime":1}"#)
        }
        #expect(error?.message.contains("'\(text)' is not a valid IPv6Address") == true, "\(String(describing: error))")
    }

    @Test("a number of milliseconds that was read becomes the same number", arguments: [0, 0.1, 9.9, 23.4, 30, 204.5])
    func tenths(number: Double) {
        #expect(TenthsOfMilliseconds.time(2.34) == .microseconds(2300))
        #expect(TenthsOfMilliseconds.number(TenthsOfMilliseconds.time(number)) == number)
    }

    @Test("to the microsecond too", arguments: [0, 0.001, 1.001, 23.449, 31.617, 9999.999])
    func microseconds(number: Double) {
        #expect(Milliseconds.number(Milliseconds.time(number)) == number)
        #expect(Milliseconds.number(Milliseconds.time(number) + .nanoseconds(999)) == number)
    }
}
