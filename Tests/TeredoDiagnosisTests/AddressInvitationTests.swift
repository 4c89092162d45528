import TeredoControl
import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoSettings
import Testing

@testable import TeredoDiagnosis

@Suite("A line for a friend")
struct AddressInvitationTests {
    private static let address = "2001:0:c000:201:2cad:efff:39cc:9bf8"

    @Test(
        "has the address, how to try it, and what may come in",
        arguments: [
            (InboundStatus(mode: .filtered), "ping, nothing else"),
            (InboundStatus(mode: .filtered, allowed: [InboundRule("tcp/22")!]), "ping, tcp/22"),
            (
                InboundStatus(
                    mode: .filtered,
                    allowed: [InboundRule("tcp/22 from 2001:db8::/32")!, InboundRule("udp/3074")!]
                ),
                "ping, tcp/22 from 2001:db8::/32, udp/3074"
            ),
            (InboundStatus(mode: .open, otherFilter: false), "whatever this host listens on"),
            (InboundStatus(mode: .open, otherFilter: true), "what another filter of this host lets in"),
        ]
    )
    func text(inbound: InboundStatus, open: String) throws {
        var status = StatusSamples.qualified
        status.traffic.inbound = inbound
        #expect(
            try AddressInvitation(status).text
                == "Reach me at \(Self.address) (try: ping \(Self.address)). Open to you: \(open)."
        )
    }

    @Test("without an address there is nothing to share, and the reason is told")
    func offline() throws {
        let error = try #require(throws: ServiceError.self) { try AddressInvitation(StatusSamples.offline) }
        #expect(error.message.hasPrefix("the client is offline, no answer from 192.0.2.1"), "\(error)")
        #expect(error.message.hasSuffix(", so there is no address") && error.remedy.contains("teredo check"))
    }
}
