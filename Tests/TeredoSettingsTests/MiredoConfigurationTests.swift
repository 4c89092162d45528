import TeredoSettings
import Testing

@Suite("Configuration of Miredo")
struct MiredoConfigurationTests {
    static func imported(_ text: String) throws -> MiredoConfiguration.Imported {
        try MiredoConfiguration(parsing: text, path: "miredo.conf").imported()
    }

    static func keys(_ imported: MiredoConfiguration.Imported) throws -> [String: String] {
        let file = try SettingsFile(parsing: imported.text, path: "x")
        _ = try EffectiveSettings(role: imported.role, file: file) { _ in nil }
        return Dictionary(uniqueKeysWithValues: file.entries.map { ($0.key, $0.values[0].text) })
    }

    @Test("Debian's miredo.conf becomes a client, with the remark that its server is gone")
    func debianClient() throws {
        let imported = try Self.imported(
            """
            # Please refer to the miredo.conf(5) man page for details.
            InterfaceName\tteredo

            # Pick a Teredo server:
            #ServerAddress\tteredo.ipv6.microsoft.com
            ServerAddress\tteredo-debian.remlab.net

            # Some firewall/NAT setups require a specific UDP port number:
            #BindPort\t3545
            """
        )
        #expect(
            try Self.keys(imported) == [
                "role": "client", "interface": "teredo", "server": "teredo-debian.remlab.net",
            ]
        )
        try #require(imported.notes.count == 1)
        let start = "miredo.conf:6: ServerAddress teredo-debian.remlab.net: this public server is gone since 2022 ("
        #expect(imported.notes[0].hasPrefix(start), "\(imported.notes)")
        #expect(imported.notes[0].contains("run your own with 'teredo gateway'"))
    }

    @Test(
        "A server that is not known to be gone is taken without a remark",
        arguments: ["192.0.2.1", "teredo.example.org"]
    )
    func otherServers(name: String) throws {
        #expect(try Self.imported("ServerAddress \(name)\nInterfaceName t").notes.isEmpty)
    }

    @Test(
        "Every directive is converted",
        arguments: [
            (
                "relaytype CLIENT\nServerAddress 192.0.2.1\nServerAddress2 192.0.2.9\nBindPort 3545\nInterfaceName t",
                [
                    "role": "client", "server": "192.0.2.1", "secondary-server": "192.0.2.9", "bind": "0.0.0.0:3545",
                    "interface": "t",
                ]
            ),
            (
                "RelayType cone\nBindAddress 198.51.100.1\nBindPort 3545\nInterfaceName t\nPrefix 2001:0000::\n"
                    + "InterfaceMTU 1280",
                ["role": "relay", "bind": "198.51.100.1:3545", "interface": "t"]
            ),
            ("ServerBindAddress 192.0.2.221", ["role": "server", "address": "192.0.2.221"]),
            (
                "ServerBindAddress 192.0.2.221\nServerBindAddress2 198.51.100.1",
                ["role": "server", "address": "192.0.2.221", "secondary-address": "198.51.100.1"]
            ),
        ]
    )
    func converts(text: String, keys: [String: String]) throws {
        let imported = try Self.imported(text)
        #expect(try Self.keys(imported) == keys)
        #expect(imported.notes.isEmpty)
    }

    @Test(
        "A value that a settings file would take for something else is quoted",
        arguments: ["\"a#b\"", "'a", "a:", "#a", "[a]", "&a", "\"a\\b\"", "{a}", "it's"]
    )
    func quotes(value: String) throws {
        let imported = try Self.imported("ServerAddress \(value)\nInterfaceName t\n")
        let file = try SettingsFile(parsing: imported.text, path: "x")
        #expect(file.entries.first { $0.key == "server" }?.values.map(\.text) == [value], "\(imported.text)")
    }

    @Test("A value that no quotes can hold is remarked upon, and left out")
    func unquotable() throws {
        let imported = try Self.imported("ServerAddress '\"#\nInterfaceName t\n")
        let file = try SettingsFile(parsing: imported.text, path: "x")
        #expect(!file.entries.contains { $0.key == "server" })
        #expect(imported.notes.contains { $0.contains("set server yourself") }, "\(imported.notes)")
    }

    @Test(
        "What has no counterpart is said, with file and line",
        arguments: [
            ("SyslogFacility local0", "miredo.conf:2: SyslogFacility local0: no counterpart"),
            ("InterfaceMTU 1400", "miredo.conf:2: InterfaceMTU 1400: no counterpart"),
            ("Prefix 3ffe:831f::", "miredo.conf:2: Prefix 3ffe:831f::: no counterpart"),
            ("ServerAddress2 b.example", "secondary-server takes an address, not a name"),
            ("RelayType autoclient", "InterfaceName is missing"), ("Colour red", "is not a directive of Miredo 1.2.6"),
        ]
    )
    func remarks(line: String, note: String) throws {
        let imported = try Self.imported("ServerAddress a.example\n\(line)")
        #expect(imported.notes.contains { $0.contains(note) }, "\(imported.notes)")
        #expect(imported.text.contains("# "))
    }

    @Test("A relay without a port, and a restricted one, are remarked upon")
    func relays() throws {
        let imported = try Self.imported("RelayType restricted\nServerAddress a.example")
        #expect(imported.role == .relay)
        #expect(imported.notes.contains { $0.contains("needs a port that can be reached from everywhere") })
        #expect(imported.notes.contains { $0.contains("BindPort is missing") })
        #expect(imported.notes.contains { $0.contains("means nothing for a relay") })
    }

    @Test(
        "Nothing of a file that is none of Miredo's is repeated",
        arguments: [
            "root:$6$topsecret:19000:0:99999:7:::\n", "alice topsecret\n", "alice topsecret topsecret\n",
            "topsecret a\ntopsecret b\n", "topsecret",
        ]
    )
    func foreign(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.imported(text) }
        #expect(error?.description.contains("topsecret") == false, "\(String(describing: error))")
    }

    @Test(
        "What Miredo would refuse is an error",
        arguments: [
            ("", "contains no directive"), ("RelayType king", "'king' is not allowed; Miredo knows client"),
            ("InterfaceName t", "names neither ServerAddress"), ("ServerAddress", "takes one value, and there are 0"),
            ("ServerAddress a\nserveraddress b", "was already given on line 1"),
            ("ServerAddress a\nBindPort 65536", "miredo.conf:2: BindPort: '65536' is not a port"),
            ("ServerAddress a\nBindPort +80", "miredo.conf:2: BindPort: '+80' is not a port"),
            ("ServerBindAddress a.example", "is not an IPv4 address; names are not looked up"),
        ]
    )
    func refuses(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.imported(text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
}
