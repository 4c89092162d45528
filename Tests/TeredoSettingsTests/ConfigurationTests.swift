import TeredoProtocol
import TeredoSettings
import TeredoWire
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    @Test("a plain client configuration is accepted", arguments: ["192.0.2.1", "teredo.example.org", "localhost"])
    func accepts(server: String) throws {
        try ClientServiceConfiguration(server: ServerName(server)).validate()
    }

    @Test("the secondary server is the next address unless one is configured")
    func secondary() {
        var configuration = ClientServiceConfiguration(server: ServerName("192.0.2.1"))
        #expect(configuration.secondary(for: IPv4Address(192, 0, 2, 1)) == IPv4Address(192, 0, 2, 2))
        configuration.secondaryServer = IPv4Address(198, 51, 100, 1)
        #expect(configuration.secondary(for: IPv4Address(192, 0, 2, 1)) == IPv4Address(198, 51, 100, 1))
    }

    @Test(
        "servers that cannot be are refused",
        arguments: [
            ("10.0.0.1", "--server: 10.0.0.1 is private (10.0.0.0/8): a server has a global IPv4 address"),
            ("255.255.255.255", "--server: 255.255.255.255 is the broadcast address: a server has"),
            ("192.0.2.256", "--server: '192.0.2.256' is neither an IPv4 address nor a host name"),
            ("192.0.2.1:3544", "--server: '192.0.2.1:3544' is neither an IPv4 address nor a host name"),
            ("", "--server: '' is neither"),
            ("two words", "--server: 'two words' is neither"),
        ]
    )
    func refusesServer(server: String, message: String) throws {
        let configuration = ClientServiceConfiguration(server: ServerName(server))
        let error = try #require(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error.description.hasPrefix(message))
    }

    @Test("other client settings that cannot be are refused with option and reason")
    func refusesClientSettings() throws {
        let longPath = "/" + String(repeating: "x", count: 107)
        let table: [(String, (inout ClientServiceConfiguration) -> Void)] = [
            ("--secondary-server: 192.0.2.1 is also the primary", { $0.secondaryServer = IPv4Address(192, 0, 2, 1) }),
            ("--secondary-server: 10.1.1.1 is private", { $0.secondaryServer = IPv4Address(10, 1, 1, 1) }),
            (
                "--secondary-server: works with one server only",
                {
                    $0.furtherServers = [ServerName("192.0.2.5")]
                    $0.secondaryServer = IPv4Address(192, 0, 2, 9)
                }
            ),
            ("--server: 10.0.0.1 is private", { $0.furtherServers = [ServerName("10.0.0.1")] }),
            ("--server: 192.0.2.1 is listed twice", { $0.furtherServers = [ServerName("192.0.2.1")] }),
            (
                "--server: 17 servers are too many",
                { $0.furtherServers = (1...16).map { ServerName("192.0.3.\($0)") } }
            ),
            ("--server-check-interval: 0 is outside", { $0.client.serverCheckInterval = .zero }),
            ("--interface: '' cannot name an interface", { $0.tunnel.interfaceName = "" }),
            ("--interface: 'a/b' cannot name an interface", { $0.tunnel.interfaceName = "a/b" }),
            ("--interface: 'teredo%d' cannot name", { $0.tunnel.interfaceName = "teredo%d" }),
            ("--interface: '0123456789abcdef' cannot name", { $0.tunnel.interfaceName = "0123456789abcdef" }),
            ("--bind: 224.0.0.1 is not the address of a", { $0.bind = UDPEndpoint(IPv4Address(224, 0, 0, 1), 1) }),
            ("--refresh-interval: 0 is outside", { $0.client.refreshInterval = .seconds(0) }),
            ("--refresh-interval: 86401 is outside", { $0.client.refreshInterval = .seconds(86_401) }),
            ("--control-socket: the path is empty", { $0.controlSocketPath = "" }),
            ("--control-socket: '\(longPath)' has 108 octets", { $0.controlSocketPath = longPath }),
            (
                "--strict: only the secondary address reveals",
                {
                    $0.client.qualification.rejectsSymmetricNAT = true
                    $0.client.qualification.checksSecondaryServer = false
                }
            ),
        ]
        for (message, change) in table {
            var configuration = ClientServiceConfiguration(server: ServerName("192.0.2.1"))
            change(&configuration)
            let error = try #require(throws: ConfigurationError.self) { try configuration.validate() }
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    @Test("relay settings that cannot be are refused with option and reason")
    func refusesRelaySettings() throws {
        let prefix = try #require(IPv6Prefix("2001:0:1::/48"))
        let table: [(String, (inout RelayServiceConfiguration) -> Void)] = [
            ("--peer-limit: 15 is outside", { $0.peerLimit = 15 }),
            ("--served-prefix: 2001:0:1::/48 is inside the Teredo prefix", { $0.servedPrefixes = [prefix] }),
            ("--interface: ", { $0.tunnel.interfaceName = "." }),
            ("--bind: 255.255.255.255 ", { $0.bind = UDPEndpoint(.broadcast, 1) }),
        ]
        for (message, change) in table {
            var configuration = RelayServiceConfiguration(role: .relay)
            try configuration.validate()
            change(&configuration)
            let error = try #require(throws: ConfigurationError.self) { try configuration.validate() }
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    @Test("each role has its own control socket in /run/teredo")
    func controlSockets() {
        let paths = Role.allCases.map { ControlSocketPath.standard(for: $0) }
        let names = ["client", "server", "relay", "host-relay", "auto", "gateway", "proxy"]
        #expect(paths == names.map { "/run/teredo/\($0).sock" })
    }

    @Test(
        "a control socket is known by the name of its file",
        arguments: [
            ("/run/teredo/client-home.sock", "client-home"), ("/tmp/a.b.sock", "a.b"), ("other", "other"),
            ("/run/teredo/relay.sock", "relay"), ("/tmp/role.socket", "role.socket"),
        ]
    )
    func socketName(path: String, name: String) { #expect(ControlSocketPath.name(of: path) == name) }

    @Test("control sockets are told from other files by their names, in order")
    func socketsAmongFiles() {
        let files = ["relay.sock", "client.state", "client-home.sock", "sock", "client.sock"]
        let paths = ControlSocketPath.sockets(among: files, in: "/tmp/x")
        #expect(paths == ["client-home.sock", "client.sock", "relay.sock"].map { "/tmp/x/\($0)" })
    }
}
