import Foundation
import TeredoLinux
import Testing

/// The built program, as a user runs it: what it prints where, and its exit status.
@Suite("Command line")
struct CommandTests {
    static let program: String =
        ChildProcess.environmentVariable("TEREDO_BINARY")
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/.build/debug/teredo"

    private func run(_ arguments: [String]) throws -> CommandOutput {
        try CommandOutput.run([Self.program] + arguments, limit: .seconds(20))
    }

    @Test("a role that may have too few descriptors says so at the start; one that may raise its limit does")
    func descriptors() throws {
        let refusal = "this process may open 40 files and sockets only, and a role needs 64"
        // The folder of the control socket cannot be made, so that it ends in any case.
        let role = "exec \(Self.program) proxy --server 192.0.2.1 --control-socket /proc/none/x.sock"
        for (limit, isRefused) in [("ulimit -n 40", true), ("ulimit -Sn 40", false)] {
            let output = try CommandOutput.run(
                ["timeout", "3", "bash", "-c", "\(limit); \(role)"],
                limit: .seconds(20)
            )
            #expect(!output.isSuccess && output.error.contains(refusal) == isRefused, "\(limit): \(output)")
            #expect(!isRefused || output.ending == .exited(1) && output.error.contains("ulimit -n 64"), "\(output)")
        }
    }

    @Test("a file that may not grow any more is an error, and not the end by a signal")
    func fileSizeLimit() throws {
        // What it prints goes to a file.
        let script = "ulimit -f 0; exec \(Self.program) address 2001:0:4136:e378:2cad:63bf:a7cf:5302"
        let output = try CommandOutput.run(["bash", "-c", script], limit: .seconds(20))
        #expect(output.ending == .exited(1), "\(output)")
    }

    @Test("SIGHUP and SIGUSR1 right at the start do not end a role", arguments: [1, 10] as [CInt])
    func earlySignal(number: CInt) throws {
        let log = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let role = try ChildProcess(
            [Self.program, "proxy", "--server", "192.0.2.1", "--control-socket", "/proc/none/x.sock"],
            output: .file(log)
        )
        defer { role.terminate(grace: .zero) }
        // SIGXFSZ (25) is ignored as soon as it runs itself.
        let hasBegun = {
            let status = (try? String(contentsOfFile: "/proc/\(role.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
            return (line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0) & 1 << 24 != 0
        }
        while role.poll() == nil, !hasBegun() {}
        role.signal(number)
        // The folder of the control socket cannot be made: that is how it ends.
        #expect(role.wait(limit: .seconds(20)) == .exited(1))
    }

    @Test("SEC-63: with the setuid or setgid bit the program refuses to run", arguments: [0o4755, 0o2755] as [UInt32])
    func setUser(mode: UInt32) throws {
        guard SystemUser.isCurrentRoot else { try Test.cancel("needs root to make a file of another user") }
        let copy = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let made = try CommandOutput.run(
            [
                "sh", "-c",
                "cp '\(Self.program)' '\(copy)' && chown daemon:daemon '\(copy)' && chmod \(String(mode, radix: 8)) '\(copy)'",
            ],
            limit: .seconds(20)
        )
        try #require(made.isSuccess, "\(made)")
        let output = try CommandOutput.run([copy, "address", "::"], limit: .seconds(20))
        #expect(output.ending == .exited(1) && output.error.contains("set-user-ID"), "\(output)")
    }

    @Test("address explains an address on standard output and exits with 0")
    func explains() throws {
        let result = try run(["address", "2001:0:4136:e378:2cad:63bf:a7cf:5302"])
        #expect(result.ending == .exited(0))
        #expect(result.output.contains("Mapped endpoint  88.48.172.253:40000\n"))
        #expect(result.error.isEmpty)
    }

    @Test("address --json prints the keys of the contract")
    func explainsJSON() throws {
        let result = try run(["address", "--json", "2001:0:cb00:7101:e866:efff:3fff:fdfe"])
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(object?["server"] as? String == "203.0.113.1")
        #expect(object?["mappedEndpoint"] as? String == "192.0.2.1:4096")
        #expect(object?["flags"] as? String == "0xe866")
        #expect(object?["cone"] as? Bool == true)
    }

    @Test(
        "address builds an address",
        arguments: [
            ([], "2001:0:c000:201:0:feae:fefd:fcfb"), (["--flags", "0x2cad"], "2001:0:c000:201:2cad:feae:fefd:fcfb"),
            (["--flags", "8000"], "2001:0:c000:201:8000:feae:fefd:fcfb"),
        ]
    )
    func builds(extra: [String], expected: String) throws {
        let result = try run(["address", "--server", "192.0.2.1", "--mapped", "1.2.3.4:337"] + extra)
        #expect(result.ending == .exited(0))
        #expect(result.output == expected + "\n")
    }

    @Test(
        "a word or a variable that is no UTF-8 is refused, not taken for another one",
        arguments: [
            ("exec \"$0\" address --server \"$(printf '\\377')\"", "word 3 of the command line"),
            ("export TEREDO_CLIENT_ID=\"$(printf '\\377')\"; exec \"$0\" address ::", "TEREDO_CLIENT_ID"),
        ]
    )
    func undecodable(script: String, subject: String) throws {
        let result = try CommandOutput.run(["sh", "-c", script, Self.program], limit: .seconds(20))
        #expect(result.ending == .exited(64))
        #expect(result.error.contains("\(subject): is not UTF-8 text"), "\(result)")
    }

    @Test("address --random-flags sets none but the random bits of RFC 5991")
    func buildsRandom() throws {
        for _ in 0..<8 {
            let result = try run([
                "address", "--json", "--server", "192.0.2.1", "--mapped", "1.2.3.4:337", "--random-flags",
            ])
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            let text = try #require(object?["flags"] as? String)
            let flags = try #require(UInt16(text.dropFirst(2), radix: 16))
            #expect(flags & ~0x3CFF == 0)
        }
    }

    @Test(
        "failures exit with 1, misuse with 64, and both explain themselves on standard error",
        arguments: [
            (["address", "2001:db8::1"], 1, "2001:db8::1 is not a Teredo address"),
            (["address", "x"], 1, "'x' is not an IPv6 address"),
            (["ping", "fe80::1"], 64, "fe80::1 is link-local"),
            (["ping", "-c0", "2001:db8::1"], 64, "--count 0: give a number"),
            (["status", "--control-socket", "/nonexistent/x.sock"], 1, "no role is running there"),
            (
                ["server", "--address", "192.0.2.1", "--secrets-file", "/nonexistent"], 1,
                "/nonexistent: cannot be read"
            ),
            (["address", "--control-socket", "/nonexistent/x.sock"], 1, "no role is running there"),
            (["address", "--share", "--control-socket", "/nonexistent/x.sock"], 1, "no role is running there"),
            (["address", "--share", "--json"], 64, "--json has no effect with --share"),
            (["address", "::1", "--share"], 64, "--share has no effect with an address to explain"),
            (
                ["address", "--server", "192.0.2.1", "--mapped", "1.2.3.4:1", "--share"], 64,
                "--share has no effect with --server and --mapped"
            ),
            (["address", "--server", "192.0.2.1"], 64, "Give an address to explain"),
            (["address", "::1", "--server", "192.0.2.1"], 64, "not both"),
            (["address", "--server", "1.2.3.400", "--mapped", "1.2.3.4:1"], 64, "'1.2.3.400' is not an IPv4 address"),
            (["address", "--server", "1.2.3.4", "--mapped", "1.2.3.4"], 64, "is not an IPv4 address and a port"),
            (["address", "--server", "1.2.3.4", "--mapped", "1.2.3.4:1", "--flags", "x"], 64, "hexadecimal digits"),
            (["client"], 64, "Missing expected argument '--server <address|name> ...'"),
            (["client", "--server", "10.0.0.1"], 64, "--server: 10.0.0.1 is private"),
            (["client", "--server", "192.0.2.1", "--refresh-interval", "0"], 64, "--refresh-interval: 0 is outside"),
            (["client", "--server", "192.0.2.1", "--client-id", "a"], 64, "--client-id: without --secret-file"),
            (["client", "--server", "192.0.2.1", "--deny-source", "192.0.2.1"], 64, "a server of this client"),
            (["proxy", "--server", "192.0.2.1", "--deny-source", "192.0.2.1"], 64, "a server of this client"),
            (["auto", "--server", "192.0.2.1", "--deny-source", "192.0.2.1"], 64, "a server of this client"),
            (["host-relay", "--deny-source", "::/0"], 64, "::/0 denies everybody"),
            (
                ["set", "deny-source=" + Array(repeating: "203.0.113.7", count: 400).joined(separator: ",")], 1,
                "put the list into the settings file"
            ),
            (["client", "--server", "192.0.2.1", "--log-level", "loud"], 64, "'loud' is not a log level"),
            (["client", "--server", "192.0.2.1", "--route", "2001::/129"], 64, "is not an IPv6 prefix"),
            (["server"], 64, "Missing expected argument '--address <address>'"),
            (["server", "--address", "192.0.2.1", "--require-authentication"], 64, "without --secrets-file"),
            (["server", "--address", "192.0.2.1", "--rate", "0"], 64, "--rate: 0 is outside"),
            (["server", "--address", "192.0.2.1", "--rate", "9223372036854775807"], 64, "--rate: "),
            (["relay"], 64, "--bind: a relay needs the address and port"),
            (["relay", "--bind", "192.0.2.1:1", "--peer-limit", "1"], 64, "--peer-limit: 1 is outside"),
            (["host-relay", "--interface", "a b"], 64, "--interface: 'a b' cannot name an interface"),
            (["check"], 64, "Missing expected argument '--server <address|name>'"),
            (["check", "--explain", "bad-luck"], 64, "'bad-luck' is not a verdict; use all, ipv6-missing, "),
            (["status", "--explain", "ratelimited"], 64, "did you mean 'rateLimited'?"),
            (["status", "--explain", "bad-luck"], 64, "'all' prints all there are"),
            (["metrics", "--control-socket", "/nonexistent/x.sock"], 1, "no role is running there"),
            (["wait", "--timeout=-1"], 64, "give seconds from 0 to 86400"),
            (["wait", "--timeout", "0.2", "--control-socket", "/nonexistent/x.sock"], 1, "not ready within 0.2 s: "),
            (["nonsense"], 64, "'teredo' has no command 'nonsense'\n  See 'teredo --help'"),
            (["clinet", "--help"], 64, "did you mean 'client'?"),
            (
                ["client", "--srever", "192.0.2.1"], 64,
                "'teredo client' has no option '--srever'; did you mean '--server'?"
            ),
            (["help", "clinet"], 64, "did you mean 'client'?"),
            (["ping", "192.0.2.1"], 64, "'192.0.2.1' is an IPv4 address, and Teredo carries IPv6"),
            (["ping", "2001:db8::g"], 64, "'2001:db8::g' is neither an IPv6 address nor a name"),
            (["check", "--with", "not a name"], 64, "'not a name' is neither an IPv6 address nor a name"),
        ]
    )
    func fails(arguments: [String], status: Int32, message: String) throws {
        let result = try run(arguments)
        #expect(result.ending == .exited(status))
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.output.isEmpty)
    }

    @Test(
        "a load is bounded, and meant for this host or what was named",
        arguments: [
            (["--server", "192.0.2.77"], "192.0.2.77 is no address of this host or network namespace"),
            (
                ["--server", "192.0.2.77", "--allow", "192.0.2.77", "--secondary-server", "192.0.2.78"],
                "add --allow 192.0.2.78"
            ),
            (
                [
                    "--server", "192.0.2.77", "--allow", "192.0.2.77", "--relay", "192.0.2.77:3545", "--native",
                    "2001:db8::77",
                ],
                "2001:db8::77 is no address of this host or network namespace"
            ),
            (["--clients", "1000001"], "give a number from 1 to 1000000"),
            (["--clients", "1000000", "--clients-per-address", "1"], "198.18.0.0/15 has room for 131072"),
            (["--prefix", "8.0.0.0/8"], "which nobody on the Internet has"),
            (["--duration", "86401"], "give a number from 1 to 86400"), (["--rate", "0"], "give a number from 1 to"),
            (["--session", "nan"], "--session: give a number"), (["--arrivals", "0"], "--arrivals: give a number"),
            (["--duration", "5", "--warm-up", "6"], "give a number from 0 to --duration, which is 5"),
            (["--relay-setting", "workers"], "--relay-setting workers: give key and value"),
            (["--server", "192.0.2.77", "--pid", "1"], "--pid 1: give a name and the number of a process"),
        ]
    )
    func loadBounds(arguments: [String], message: String) throws {
        let result = try run(["load"] + arguments)
        #expect(result.ending == .exited(64))
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.output.isEmpty)
    }

    @Test(
        "options that a mode ignores are refused",
        arguments: [
            (["lab", "--kernel", "--latency", "5"], "--latency has no effect with --kernel: leave one of them out"),
            (["lab", "--kernel", "--seed", "1"], "--seed has no effect with --kernel"),
            (
                ["lab", "--scenario", "same-link", "--nat1", "symmetric", "--no-transit"],
                "--nat1 and --no-transit have no effect with --scenario: leave them out"
            ),
            (["lab", "--all-scenarios", "--hold"], "--hold has no effect with --all-scenarios"),
            (["lab", "--matrix", "--loss", "1"], "--loss has no effect with --matrix"),
            (["lab", "--matrix", "--json"], "--json has no effect with --matrix"),
            (["lab", "--list", "--nat2", "symmetric"], "--nat2 has no effect with --list"),
            (["lab", "--matrix", "--kernel"], "--matrix, --kernel: choose one of them"),
            (["lab", "--scenario", "same-link", "--all-scenarios"], "--scenario, --all-scenarios: choose one of them"),
            (["lab", "--relay-by", "teredo"], "--relay-by has no effect with the simulated lab: add --kernel"),
            (
                ["lab", "--kernel", "--layout", "same-lan", "--nat2", "symmetric"],
                "--nat2 has no effect with --layout same-lan"
            ),
            (["load", "--native", "2001:db8::1"], "--native has no effect with a network of its own: add --server"),
            (["load", "--server", "192.0.2.1", "--gateway"], "--gateway has no effect with --server"),
            (["load", "--gateway", "--server-setting", "rate=5"], "--server-setting has no effect with --gateway"),
            (["check", "--explain", "all", "--json"], "--json has no effect with --explain"),
            (
                ["check", "--server", "192.0.2.1", "--with", "2001:db8::1", "--lifetime"],
                "--lifetime has no effect with --with"
            ),
            (
                ["check", "--server", "192.0.2.1", "--lifetime-limit", "9"],
                "--lifetime-limit has no effect: add --lifetime"
            ),
            (
                ["check", "--server", "192.0.2.1", "--server", "192.0.2.3", "--control-socket", "/x"],
                "--control-socket has no effect with several servers"
            ),
            (["status", "--explain", "all", "--json", "--watch"], "--json and --watch have no effect with --explain"),
            (["status", "--all", "--json"], "--all has no effect with --json"),
            (
                ["run", "--server", "192.0.2.1", "--no-wait", "--wait", "3", "--", "true"],
                "--wait has no effect with --no-wait"
            ),
            (
                ["relay", "--bind", "198.51.100.1:3545", "--transit-clients", "9"],
                "--transit-clients: has no effect: add --transit"
            ),
            (
                ["gateway", "--address", "192.0.2.1", "--transit-rate=64", "--no-transit"],
                "--transit-rate: has no effect"
            ),
            (["relay", "--bind", "198.51.100.1:3545", "--allow", "tcp/22"], "--allow: has no effect: everything may"),
            (["client", "--server", "192.0.2.1", "--allow=tcp/22", "--inbound=open"], "--allow: has no effect"),
            (
                ["auto", "--server", "192.0.2.1", "--peer-limit", "99", "--native", "dormant"],
                "--peer-limit: has no effect"
            ),
        ]
    )
    func refusesUnused(arguments: [String], message: String) throws {
        let result = try run(arguments)
        #expect(result.ending == .exited(64))
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.output.isEmpty)
    }

    @Test("check --explain prints the page of a verdict")
    func explainsVerdict() throws {
        let result = try run(["check", "--explain", "symmetric-nat"])
        #expect(result.ending == .exited(0))
        #expect(result.output.hasPrefix("## symmetric-nat\n\nThe NAT is symmetric. "))
    }

    @Test(
        "what cannot be written is an error, whoever writes it",
        arguments: [
            ["address", "2001:0:4136:e378:2cad:63bf:a7cf:5302"],
            ["address", "--json", "2001:0:4136:e378:2cad:63bf:a7cf:5302"],
            ["config", "sample", "client"], ["config", "show", "client"], ["config", "check", "{file}"],
            ["config", "import-miredo", "{miredo}"], ["lab", "--seed", "1"], ["lab", "--seed", "1", "--json"],
            ["lab", "--list"],
            ["lab", "--scenario", "same-link", "--seed", "1"], ["check", "--explain", "symmetric-nat"],
            ["check", "--explain", "all"], ["status", "--explain", "rateLimited"], ["status", "--explain", "all"],
            ["bugreport", "--control-socket", "/nonexistent/x.sock"], ["--version"], ["--help"], ["client", "--help"],
            ["help", "status"],
            ["--generate-completion-script", "bash"],
        ]
    )
    func unwritten(arguments: [String]) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = ["{file}": "client.yaml", "{miredo}": "miredo.conf"].mapValues { "\(directory)/\($0)" }
        for path in files.values {
            let text = path.hasSuffix(".yaml") ? "server: [192.0.2.1]\n" : "ServerAddress 192.0.2.1\n"
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        let words = arguments.map { files[$0] ?? $0 }
        let good = try run(words)
        #expect(good.ending == .exited(0) && !good.output.isEmpty, "\(good)")
        let bad = try CommandOutput.run(
            ["sh", "-c", #"exec "$0" "$@" >/dev/full"#, Self.program] + words,
            limit: .seconds(20)
        )
        #expect(bad.ending == .exited(1), "\(bad)")
        #expect(bad.error.contains("Error: standard output: No space left on device (write)"), "\(bad)")
    }

    @Test("a closed standard output is an error too, and one that nobody needs is not")
    func closedOutput() throws {
        let words = [Self.program, "address", "2001:0:4136:e378:2cad:63bf:a7cf:5302"]
        let closed = try CommandOutput.run(["sh", "-c", #"exec "$0" "$@" >&-"#] + words, limit: .seconds(20))
        #expect(
            closed.ending == .exited(1) && closed.error.contains("standard output: Bad file descriptor"),
            "\(closed)"
        )
        let unneeded = try CommandOutput.run(
            ["sh", "-c", #"exec "$0" address x >&-"#, Self.program],
            limit: .seconds(20)
        )
        #expect(unneeded.ending == .exited(1) && !unneeded.error.contains("standard output"), "\(unneeded)")
    }

    @Test("every command prints its help", arguments: HelpedCommand.all)
    func helps(command: HelpedCommand) throws {
        let result = try run(command.name.split(separator: " ").dropFirst().map(String.init) + ["--help"])
        #expect(result.ending == .exited(0))
        #expect(result.output.contains("USAGE: \(command.name)"))
    }
}
