import TeredoTestSupport
import Testing

@testable import TeredoService

@Suite("Firewall of a gateway")
struct FirewallHintTests {
    @Test("where ufw is on, the commands for its ports and for forwarding are named; elsewhere nothing is")
    func firewall() throws {
        let active = try TemporaryFile(contents: "# comment\nENABLED=yes\nLOGLEVEL=low\n")
        let hint = try #require(FirewallHint.ufw(ports: [3544, 3545], interface: "teredo", path: active.path))
        #expect(hint.contains("ufw allow 3544,3545/udp; ufw route allow in on teredo; ufw route allow out on teredo"))
        let inactive = try TemporaryFile(contents: "ENABLED=no\n")
        #expect(FirewallHint.ufw(ports: [3544], interface: "teredo", path: inactive.path) == nil)
        #expect(FirewallHint.ufw(ports: [3544], interface: "teredo", path: "/nonexistent") == nil)
    }
}
