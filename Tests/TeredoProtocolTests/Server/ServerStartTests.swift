import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerStartTests {
    @Test(
        "A server refuses to start with an address that is not global unicast",
        arguments: ["10.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0", "192.88.99.1", "100.64.0.1"]
    )
    func nonGlobal(text: String) {
        let address = ipv4(text)
        #expect(throws: ServerConfigurationError.notGlobalUnicast(address)) {
            try ServerHarness { $0.primary = address }
        }
        #expect(throws: ServerConfigurationError.notGlobalUnicast(address)) {
            try ServerHarness { $0.secondary = address }
        }
    }

    @Test("A server refuses to start with one address in both places")
    func sameAddresses() {
        #expect(throws: ServerConfigurationError.sameAddresses(ServerHarness.primary)) {
            try ServerHarness { $0.secondary = ServerHarness.primary }
        }
    }

    @Test("A server refuses to require secure qualification without any secret")
    func noSecrets() throws {
        #expect(throws: ServerConfigurationError.noSecrets) {
            try ServerHarness { $0.requiresSecureQualification = true }
        }
        let secret = try #require(ServerHarness.secret)
        #expect(throws: Never.self) {
            try ServerHarness {
                $0.requiresSecureQualification = true
                $0.secrets = [secret]
            }
        }
    }

    @Test("Every refusal names what was wrong and what to do")
    func texts() {
        #expect(
            "\(ServerConfigurationError.notGlobalUnicast(ipv4("10.0.0.1")))"
                == "10.0.0.1 is not a global unicast address; a Teredo server needs public IPv4 addresses"
        )
        #expect("\(ServerConfigurationError.sameAddresses(ipv4("192.0.2.1")))".contains("both 192.0.2.1"))
        #expect("\(ServerConfigurationError.noSecrets)".contains("secrets file"))
    }
}
