import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
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
            ("--sibling: 0.0.0.0 is", { $0.fleet.siblings = [endpoint("0.0.0.0:3545")] }),
            ("--sibling: port 0 is not allowed", { $0.fleet.siblings = [endpoint("198.51.100.2:0")] }),
            ("--sibling: 127.0.0.1 is loopback", { $0.fleet.siblings = [endpoint("127.0.0.1:3545")] }),
            ("--sibling: 224.0.0.1 is multicast", { $0.fleet.siblings = [endpoint("224.0.0.1:1")] }),
            ("--sibling: 10.0.0.1 is private", { $0.fleet.siblings = [endpoint("10.0.0.1:3545")] }),
            (
                "--sibling: 192.168.0.1 is private",
                { $0.fleet.siblings = (1...8).map { UDPEndpoint(IPv4Address(192, 168, 0, $0), 3545) } }
            ),
            (
                "--deny-source: 198.51.100.0/24 contains 198.51.100.2, a sibling",
                {
                    $0.fleet.siblings = [endpoint("198.51.100.2:3545")]
                    $0.denied = Self.denied("198.51.100.0/24")
                }
            ),
            (
                "--deny-source: 198.51.100.1/32 contains 198.51.100.1, the address of this relay",
                {
                    $0.bind = endpoint("198.51.100.1:3545")
                    $0.denied = Self.denied("198.51.100.1")
                }
            ),
        ]
        for (message, change) in table {
            var configuration = RelayServiceConfiguration(role: .relay)
            try configuration.validate()
            change(&configuration)
            let error = try #require(throws: ConfigurationError.self) { try configuration.validate() }
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    private static func denied(_ texts: String...) -> DenyList { DenyList(texts.compactMap { SourcePrefix($0) }) }

    @Test(
        "a list of denied sources that denies everybody, nobody or Teredo addresses is refused",
        arguments: [
            ("0.0.0.0/0", "0.0.0.0/0 denies everybody"), ("::/0", "::/0 denies everybody"),
            ("::ffff:0:0/96", "denies everybody"), ("::ffff:198.51.100.7", "; write 198.51.100.7"),
            ("::ffff:198.51.100.0/120", "; write 198.51.100.0/24"), ("2001::/31", "contains the Teredo prefix"),
            ("2001::/16", "contains the Teredo prefix"), ("2000::/3", "contains the Teredo prefix"),
        ]
    )
    func refusesDeniedSources(prefix: String, message: String) throws {
        try Self.denied("203.0.113.0/24", "2001:db8::/32", "::ffff:0:0:0/96").validate()
        let list = Self.denied("203.0.113.0/24", prefix)
        let error = try #require(throws: ConfigurationError.self) { try list.validate() }
        #expect(error.description.hasPrefix("--deny-source: ") && error.description.contains(message), "\(error)")
    }

    @Test("nobody denies the own server: a client none of its servers and not its transit relay, a server not itself")
    func refusesToDenyItself() throws {
        var client = ClientServiceConfiguration(server: .name("teredo.example.org"))
        client.furtherServers = [.address(ipv4("192.0.2.1"))]
        client.client.transit.relay = endpoint("198.51.100.1:3545")
        try client.validate(Self.denied("192.0.2.0", "192.0.2.3", "198.51.100.2"))
        for (prefix, message) in [
            ("192.0.2.1", "192.0.2.1/32 contains 192.0.2.1, a server of this client; leave that out"),
            ("192.0.2.2", "192.0.2.2/32 contains 192.0.2.2, a server of this client; leave that out"),
            ("198.51.100.0/24", "198.51.100.0/24 contains 198.51.100.1, its transit relay; leave that out"),
        ] {
            let error = try #require(throws: ConfigurationError.self) { try client.validate(Self.denied(prefix)) }
            #expect(error.description == "--deny-source: \(message)")
        }
        client.client.transit.relay = endpoint("127.0.0.1:3545")
        let relay = try #require(throws: ConfigurationError.self) { try client.validate() }
        #expect(relay.description.hasPrefix("--transit-relay: 127.0.0.1 is loopback"))
        var server = ServerServiceConfiguration(primary: ipv4("192.0.2.1"), secondary: nil)
        server.server.denied = Self.denied("192.0.2.2/31")
        let error = try #require(throws: ConfigurationError.self) { try server.validate() }
        #expect(error.description.contains("192.0.2.2/31 contains 192.0.2.2, an address of this server"))
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
