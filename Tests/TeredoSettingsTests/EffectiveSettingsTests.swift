import Testing

@testable import TeredoHost
@testable import TeredoSettings

@Suite("Effective settings")
struct EffectiveSettingsTests {
    static func settings(
        _ text: String,
        role: Role = .client,
        flags: [String: [String]] = [:],
        environment: [String: String] = [:]
    ) throws(ConfigurationError) -> EffectiveSettings {
        let file = try SettingsFile(parsing: text, path: "/etc/t.yaml")
        return try EffectiveSettings(role: role, file: file, flags: flags) { environment[$0] }
    }

    @Test("Flags win over the environment, which wins over the file, which wins over the default")
    func precedence() throws {
        let settings = try Self.settings(
            "server: a.example\nworkers: 2\ninterface: t0\nstrict: true\ndefault-route: false",
            flags: ["interface": ["t2"]],
            environment: [
                "TEREDO_WORKERS": "3", "TEREDO_INTERFACE": "t1", "TEREDO_ROUTE": "2001:db8::/32,2001:db9::/32",
            ]
        )
        #expect(
            settings.arguments() == [
                "--server=a.example", "--strict", "--no-default-route", "--route=2001:db8::/32",
                "--route=2001:db9::/32", "--workers=3",
            ]
        )
        let rows = Dictionary(uniqueKeysWithValues: settings.rows.map { ($0.key, $0) })
        #expect(rows["server"]?.origin == .file && rows["server"]?.place == "/etc/t.yaml:1")
        #expect(rows["workers"]?.origin == .environment && rows["workers"]?.place == "TEREDO_WORKERS")
        #expect(rows["interface"]?.origin == .commandLine && rows["interface"]?.values == ["t2"])
        #expect(rows["refresh-interval"]?.origin == .standard && rows["refresh-interval"]?.place == nil)
        #expect(rows["refresh-interval"]?.change == .atOnce && rows["bind"]?.change == .restart)
        #expect(rows["strict"]?.change == .restart, "only auto makes roles anew")
        #expect(settings.text.contains("\ninterface                   t2 "))
        #expect(rows["refresh-interval"]?.values == ["30"])
        #expect(rows["bind"]?.values == [])
    }

    @Test(
        "Unknown keys, wrong types and impossible values name file, line, key, value and what is allowed",
        arguments: [
            ("colour: red", "/etc/t.yaml:1: colour: no such setting of client; the settings are: server"),
            ("workers: many", "/etc/t.yaml:1: workers: 'many' is not allowed; use a whole number, 1 to 64"),
            ("workers: 65", "workers: '65' is not allowed; use a whole number, 1 to 64"),
            ("workers: '2'", "workers: '2' in quotes is text; use a whole number"),
            ("workers: [2]", "workers: takes one value, not a list"),
            ("strict: yes", "strict: 'yes' is not allowed; use true or false"),
            ("bind: 0.0.0.0", "bind: '0.0.0.0' is not allowed; use an IPv4 address and a port"),
            ("secondary-server: 1.2.3", "'1.2.3' is not allowed; use an IPv4 address such as"),
            ("route: 2001::/200", "'2001::/200' is not allowed; use an IPv6 prefix"),
            ("port-mapping: yes", "'yes' is not allowed; use auto, off, pcp, nat-pmp, upnp"),
            ("role: server", "role: the file is for 'server', not for 'client'"),
            ("role: king", "'king' is not allowed; use client, server, relay, host-relay, auto, gateway"),
        ]
    )
    func refuses(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.settings(text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test("A wrong value in the environment names the variable")
    func refusesEnvironment() {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.settings("server: a", environment: ["TEREDO_REFRESH_INTERVAL": "0"])
        }
        #expect(error?.description.hasPrefix("TEREDO_REFRESH_INTERVAL: '0' is not allowed") == true)
    }

    @Test("Everything that is wrong in a file is told, in its order")
    func tellsAll() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.settings("serverr: a\nworkers: many\nstrict: true\nbind: [a, b]\n")
        }
        let all = try #require(error).all.map(\.description)
        #expect(all.count == 3)
        #expect(error?.all.map(\.place) == [1, 2, 4].map { "/etc/t.yaml:\($0)" }, "where, without the key")
        #expect(all.first == "/etc/t.yaml:1: serverr: no such setting of client; did you mean 'server'?")
        #expect(all.dropFirst().first?.hasPrefix("/etc/t.yaml:2: workers: 'many' is not allowed") == true)
        #expect(all.last?.hasPrefix("/etc/t.yaml:4: bind: takes one value") == true)
        #expect(error?.description.hasSuffix(" (and 2 more: see 'teredo config check')") == true)
    }

    @Test(
        "A key that nobody knows is answered with the nearest one",
        arguments: [
            ("Server", "server"), ("refresh_interval", "refresh-interval"), ("loglevel", "log-level"),
            ("serverr", "server"), ("srever", "server"), ("colour", nil), ("x", nil), ("", nil),
        ]
    )
    func nearest(key: String, expected: String?) {
        #expect(NearestWord.of(key, among: Role.client.settings.map(\.key)) == expected)
    }

    @Test("A complaint about a flag is turned into one about the line that set it")
    func blames() throws {
        let settings = try Self.settings("server: 10.0.0.1", flags: ["bind": ["x"]])
        let error = settings.blame("--server: 10.0.0.1 is private")
        #expect(error?.description == "/etc/t.yaml:1: server: 10.0.0.1 is private")
        #expect(settings.blame("--bind: wrong") == nil)
        #expect(settings.blame("--workers: wrong") == nil)
        #expect(settings.blame("something else") == nil)
    }

    @Test("What a role cannot do without is asked for")
    func requires() throws {
        let settings = try Self.settings("workers: 2", role: .relay)
        let error = #expect(throws: ConfigurationError.self) { try settings.requireAll() }
        #expect(error?.description.hasPrefix("/etc/t.yaml: bind: is missing") == true)
    }

    @Test("The role of a file is its key or its name", arguments: Role.allCases)
    func role(role: Role) throws {
        let named = try SettingsFile(parsing: "log-level: info", path: "/etc/teredo/\(role).yaml")
        #expect(try EffectiveSettings.role(of: named) == role)
        let keyed = try SettingsFile(parsing: "role: \(role)", path: "x.yaml")
        #expect(try EffectiveSettings.role(of: keyed) == role)
        let neither = try SettingsFile(parsing: "log-level: info", path: "x.yaml")
        #expect(throws: ConfigurationError.self) { try EffectiveSettings.role(of: neither) }
    }

    @Test("The sample file is right, and so is every line of it that is commented out", arguments: Role.allCases)
    func samples(role: Role) throws {
        let sample = try SettingsFile(parsing: role.sampleFile, path: "sample.yaml")
        try EffectiveSettings(role: role, file: sample) { _ in nil }.requireAll()
        let lines = role.sampleFile.split(separator: "\n").map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line[...]
        }
        let whole = try SettingsFile(parsing: lines.joined(separator: "\n"), path: "whole.yaml")
        #expect(Set(whole.entries.map(\.key)) == Set(role.settings.map(\.key) + ["role"]))
        _ = try EffectiveSettings(role: role, file: whole) { _ in nil }
    }
}
