import Foundation
import TeredoLinux
import TeredoSettings
import TeredoTestSupport
import Testing

/// `teredo config`, and the roles with files, as a user runs them.
@Suite("Commands with settings files")
struct ConfigCommandTests {
    private func run(_ arguments: [String], environment: [String] = []) throws -> CommandOutput {
        try CommandOutput.run(["env"] + environment + [CommandTests.program] + arguments, limit: .seconds(20))
    }

    @Test("The flags of each role are those of the table of settings, with its words", arguments: Role.allCases)
    func flags(role: Role) throws {
        let dump = try JSONSerialization.jsonObject(with: Data(try run(["--experimental-dump-help"]).output.utf8))
        let command = try #require((dump as? [String: Any])?["command"] as? [String: Any])
        let commands = try #require(command["subcommands"] as? [[String: Any]])
        let roleCommand = try #require(commands.first { $0["commandName"] as? String == role.rawValue })
        var words: [String: String] = [:]
        var defaults: [String: String] = [:]
        for argument in try #require(roleCommand["arguments"] as? [[String: Any]]) {
            let names = argument["names"] as? [[String: Any]] ?? []
            let keys = names.filter { $0["kind"] as? String == "long" }.compactMap { $0["name"] as? String }
            guard let key = keys.first(where: { !$0.hasPrefix("no-") }), !["help", "version", "config"].contains(key)
            else { continue }
            words[key] = argument["abstract"] as? String
            defaults[key] = argument["defaultValue"] as? String
        }
        #expect(words == Dictionary(uniqueKeysWithValues: role.settings.map { ($0.key, $0.help) }))
        for setting in role.settings where setting.key != Setting.logLevel.key {
            let expected =
                setting.kind == .boolean ? setting.arguments([setting.defaultValue ?? ""])[0] : setting.defaultValue
            #expect(defaults[setting.key] == expected, "\(setting.key)")
        }
    }

    @Test("config sample makes a file that config check takes", arguments: Role.allCases)
    func samples(role: Role) throws {
        let sample = try run(["config", "sample", role.rawValue])
        let file = try TemporaryFile(contents: sample.output)
        let result = try run(["config", "check", file.path])
        // The sample of a role holds documentation addresses, which a lab may use.
        #expect(result.ending == .exited(0), "\(result.error)")
        #expect(result.output == "\(file.path): fine for 'teredo \(role)'\n")
    }

    @Test(
        "config check and the role itself refuse the same file in the same words, with 1 and with 64",
        arguments: [
            ("server: 192.0.2.1\ncolour: red", ":2: colour: no such setting of client"),
            ("server: 10.0.0.1", ":1: server: 10.0.0.1 is private"),
            ("server: 192.0.2.1\nclient-id: a", ":2: client-id: without --secret-file"),
            ("server: 192.0.2.1\ntransit: false\ntransit-relay: 192.0.2.3:1", ":3: transit-relay: contradicts"),
        ]
    )
    func refuses(text: String, message: String) throws {
        let file = try TemporaryFile(contents: "\(text)\nrole: client")
        let check = try run(["config", "check", file.path])
        #expect(check.ending == .exited(1))
        #expect(check.error.contains("Error: \(file.path)\(message)"), "\(check.error)")
        let role = try run(["client", "--config", file.path])
        #expect(role.ending == .exited(64))
        #expect(role.error == check.error)
    }

    @Test("A flag wins over a value that the file could not have given")
    func flagWins() throws {
        let file = try TemporaryFile(contents: "server: 10.0.0.1")
        let result = try run(["client", "--config=\(file.path)", "--server", "10.9.9.9"])
        #expect(result.ending == .exited(64))
        #expect(result.error.contains("--server: 10.9.9.9 is private"))
    }

    @Test("A file that cannot be read ends with 1, a wrong variable with 64")
    func unreadable() throws {
        let missing = try run(["client", "--config", "/nonexistent.yaml"])
        #expect(missing.ending == .exited(1))
        #expect(missing.error.contains("/nonexistent.yaml: cannot be read"))
        let variable = try run(["relay"], environment: ["TEREDO_BIND=nowhere"])
        #expect(variable.ending == .exited(64))
        #expect(variable.error.contains("TEREDO_BIND: 'nowhere' is not allowed"))
    }

    @Test("config show tells what holds and where it came from")
    func shows() throws {
        let file = try TemporaryFile(contents: "server: a.example\nworkers: 2")
        let arguments = ["config", "show", "client", "--config", file.path]
        let text = try run(arguments, environment: ["TEREDO_WORKERS=3"])
        #expect(text.ending == .exited(0))
        let lines = text.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["server", "a.example", "\(file.path):1"]))
        #expect(lines.contains(["workers", "3", "TEREDO_WORKERS"]))
        #expect(lines.contains(["bind", "-", "default"]))
        let json = try run(arguments + ["--json"])
        let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let rows = report?["settings"] as? [[String: Any]]
        #expect(report?["role"] as? String == "client" && report?["file"] as? String == file.path)
        #expect(rows?.first?["origin"] as? String == "file")
        #expect(rows?.first?["place"] as? String == "\(file.path):1")
    }

    @Test("import-miredo prints a file on standard output and its remarks on standard error")
    func importsMiredo() throws {
        let file = try TemporaryFile(contents: "ServerBindAddress 192.0.2.221\nSyslogFacility user\n")
        let result = try run(["config", "import-miredo", file.path])
        #expect(result.ending == .exited(0))
        #expect(result.output.contains("\naddress: 192.0.2.221\n"))
        #expect(result.error.hasPrefix("\(file.path):2: SyslogFacility user: no counterpart"))
    }

    @Test("what a command prints as JSON is as its schema says, with the version of that")
    func schemas() throws {
        let file = try TemporaryFile(contents: "server: [a.example]\nrefresh-interval: 20\n")
        for (name, command) in [
            ("address", ["address", "2001:0:c000:201:2cad:d8ef:39cd:9ae8", "--json"]),
            ("settings", ["config", "show", "client", "--config", file.path, "--json"]),
            ("lab", ["lab", "--json"]), ("lab-scenarios", ["lab", "--scenario", "initial-configuration", "--json"]),
        ] {
            let output = try run(command, environment: ["TEREDO_STRICT=true"])
            #expect(output.ending == .exited(0), "\(output)")
            let keys = try JSONSchema(name).validate(output.output)
            #expect(keys.contains("\(name): schemaVersion"), "\(command)")
        }
    }

    @Test(
        "config show takes a role or --running, and not what goes with the other",
        arguments: [
            ([], 64, "Give a role, or --running"),
            (["client", "--control-socket", "/x"], 64, "goes with --running only"),
            (["--running", "--config", "/x"], 64, "has read its file already"),
            (["client", "--running", "--control-socket", "/x"], 64, "names the running role already"),
            (["--running", "--control-socket", "/nonexistent/x.sock"], 1, "no role is running there"),
        ]
    )
    func showing(arguments: [String], status: CInt, message: String) throws {
        let output = try run(["config", "show"] + arguments)
        #expect(output.ending == .exited(status) && output.error.contains(message), "\(output)")
    }
}
