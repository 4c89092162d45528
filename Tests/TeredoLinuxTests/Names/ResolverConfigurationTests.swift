import TeredoLinux
import TeredoWire
import Testing

@Suite struct ResolverConfigurationTests {
    @Test("each IPv4 name server gets a loopback address of its own, and the other lines stay")
    func forwarded() {
        let host = ResolverConfiguration(
            """
            # comment
            nameserver 127.0.0.53
            nameserver 2001:db8::53
            nameserver\t192.0.2.53
            search example.org
            options edns0 trust-ad
            """
        )
        #expect(host.nameServers.map(\.description) == ["127.0.0.53", "192.0.2.53"])
        let lines = host.forwardedFile.split(separator: "\n").dropFirst()
        #expect(
            Array(lines) == [
                "nameserver 127.0.0.1", "nameserver 127.0.0.2", "search example.org", "options edns0 trust-ad",
            ]
        )
    }

    @Test("no more name servers than the C library asks are forwarded to")
    func bounded() {
        let text = (1...9).map { "nameserver 192.0.2.\($0)\n" }.joined()
        #expect(ResolverConfiguration(text).nameServers.count == 3)
    }

    @Test(
        "without a name server that can be used, this host is asked",
        arguments: ["", "nameserver", "nameserver ::1"]
    )
    func fallback(text: String) {
        #expect(ResolverConfiguration(text).nameServers.map(\.description) == ["127.0.0.1"])
    }
}
