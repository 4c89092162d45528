import TeredoControl
import TeredoControlTestSupport
import Testing

@Suite("Report of a gateway")
struct GatewayReportTests {
    @Test(
        "the report says what clients of one address cannot find out, then shows server and relay with their counters"
    )
    func status() {
        let text = StatusReport.gateway(StatusSamples.gateway).text
        let names = text.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            text.hasPrefix(
                """
                Type              : teredo gateway: server and relay
                State             : draining
                Addresses         : one, so clients cannot find out:
                                  : whether their NAT is symmetric: \
                clients that insist on knowing stay offline (Windows, and ours with --strict); \
                others do without, ours and Miredo among them

                """
            ),
            "\(text)"
        )
        #expect(text.contains("\nSecondary Address : none\n"))
        #expect(names.filter { $0 == "Type" }.count == 3 && names.filter { $0 == "State" }.count == 1)
        #expect(names.filter { $0 == "Dropped" }.count == 2)
        var status = StatusSamples.gateway
        status.undetectable = []
        #expect(StatusReport.gateway(status).text.contains("\nAddresses         : two\n"))
    }
}
