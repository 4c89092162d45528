import TeredoWire
import Testing

@testable import TeredoProtocol

/// The kinds of NAT that a diagnosis leaves possible.
@Suite struct NATKindTests {
    @Test("stray memory: a box that remembers stray packets is of the kinds that do, and of no other")
    func memory() {
        var report = NATReport(server: ServerAddresses(primary: ClientHarness.primary, secondary: nil))
        report.mapping = .endpointIndependent
        let plain = NATKind.possible(report, hasForwardedPort: false)
        report.remembersStrays = false
        #expect(NATKind.possible(report, hasForwardedPort: false) == plain)
        report.remembersStrays = true
        let remembering = NATKind.possible(report, hasForwardedPort: false)
        #expect(remembering == Set(plain.map(\.accepting)) && remembering != plain)
    }
}
