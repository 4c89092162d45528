import TeredoLinux
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoHost
@testable import TeredoService

@Suite("What may come in")
struct InboundTests {
    private static func rules(_ texts: String...) -> [InboundRule] { texts.compactMap { InboundRule($0) } }

    @Test("the settings add and remove what they added; what was allowed or denied by command stays so")
    func allowances() {
        let allowances = InboundAllowances(Self.rules("tcp/22", "tcp/80"))
        allowances.allow(InboundRule(.all))
        allowances.allow(InboundRule(.all))
        #expect(allowances.deny(InboundRule(.ports(.tcp, 80...80))))
        #expect(!allowances.deny(InboundRule(.ports(.tcp, 80...80))))
        #expect(allowances.rules == Self.rules("tcp/22", "all"))
        allowances.adopt(Self.rules("tcp/80", "udp/5"))
        #expect(
            allowances.rules == Self.rules("all", "udp/5"),
            "what was denied stays denied while the settings have it"
        )
        allowances.adopt([])
        #expect(allowances.rules == Self.rules("all"))
    }

    private static func refusals(_ total: UInt64, _ counts: [UInt16: UInt64]) -> InboundRefusals {
        let source = IPv6Address("2001:db8::7") ?? .unspecified
        return InboundRefusals(
            packets: total,
            kinds: counts.map { InboundRefusals.Kind(source: source, protocolNumber: 6, port: $0, packets: $1) }
        )
    }

    @Test("the log hears of the first refusal at once, and then at most once a minute of all that came since")
    func log() {
        var log = RefusalLog()
        let start = ProtocolInstant(nanoseconds: 0)
        #expect(log.record(InboundRefusals(), now: start) == nil)
        #expect(log.record(Self.refusals(2, [22: 2]), now: start) == "2 packets: tcp/22 from 2001:db8::7 (2)")
        for second in 1..<60 {
            let refusals = Self.refusals(2 + UInt64(second), [22: 2, 23: UInt64(second)])
            #expect(log.record(refusals, now: start + .seconds(second)) == nil)
        }
        let folded = log.record(Self.refusals(61, [22: 2, 23: 59]), now: start + .seconds(60))
        #expect(folded == "59 packets: tcp/23 from 2001:db8::7 (59)")
        #expect(log.record(Self.refusals(61, [22: 2, 23: 59]), now: start + .seconds(200)) == nil)
        // The filter forgot both, and one came back.
        let again = log.record(Self.refusals(64, [22: 1]), now: start + .seconds(4000))
        #expect(again == "3 packets: tcp/22 from 2001:db8::7 (1), others (2)")
    }

    @Test("a kernel that cannot filter is an error that says what is missing and what to do", arguments: [true, false])
    func unavailable(isFiltered: Bool) {
        let way = isFiltered ? "--inbound open" : "--masquerade"
        for code in [2, 22, 95, 93] as [CInt] {
            let error = InboundGate.explain(
                SystemError("nf_tables", "packet filter", code: code),
                isFiltered: isFiltered
            )
            #expect("\(error)".contains("this kernel lacks nf_tables") && "\(error)".contains(way), "\(error)")
        }
        let error = InboundGate.explain(SystemError("nf_tables", "packet filter", code: 1), isFiltered: isFiltered)
        #expect("\(error)".contains("CAP_NET_ADMIN") && "\(error)".contains(way), "\(error)")
    }
}
