import Foundation
import TeredoHost
import TeredoLinux
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoDiagnosis

/// What a bug report tells, and what it must not tell.
@Suite("Bug report")
struct BugReportTests {
    @Test(
        "every way to write an address gets the mask of the address",
        arguments: [
            ("198.51.100.7", "[ipv4-1]"), ("198.51.100.7:3544.", "[ipv4-1]:3544."),
            ("x198.51.100.7/24", "x[ipv4-1]/24"),
            ("host-198-51-100-7.example", "host-[ipv4-1].example"), ("<198.51.100.7>", "<[ipv4-1]>"),
            ("2001:db8::1", "[ipv6-1]"), ("2001:DB8:0:0:0:0:0:1", "[ipv6-1]"), ("[2001:db8::1]:53", "[[ipv6-1]]:53"),
            ("via 2001:db8::1, dev x", "via [ipv6-1], dev x"), ("src2001:db8::1", "src[ipv6-1]"),
            ("2001:db8::/32", "[ipv6-1]/32"), ("fe80::1%eth0", "[ipv6-1]%eth0"), ("::ffff:198.51.100.7", "[ipv6-1]"),
            ("02:00:5e:10:00:01", "[mac-1]"), ("at=2001:db8::1:", "at=[ipv6-1]:"),
        ]
    )
    func masks(text: String, expected: String) {
        var mask = AddressMask()
        #expect(mask.masked(text) == expected)
        #expect(mask.masked(text) == expected, "the second time it has the same mask")
    }

    @Test(
        "what tells nothing about the host stays",
        arguments: [
            "127.0.0.1", "0.0.0.0:0", "224.0.0.253", "255.255.255.255", "::", "::1", "2001::/32", "fe80::/10",
            "ff02::2",
            "12:34:56.789 info", "2026-11-21T14:00:00+00:00", "teredo 0.1.0", "6.18.0-generic",
            "Swift::Int",
            "1.2.3", "300.1.2.3x",
        ]
    )
    func keeps(text: String) {
        var mask = AddressMask()
        #expect(mask.masked(text) == text)
    }

    @Test("a Teredo address is explained by the masks of what it embeds")
    func legend() {
        var mask = AddressMask()
        let text = mask.masked(
            "2001:0:c000:201:2cad:feae:fefd:fcfb by 192.0.2.1, seen from 1.2.3.4:337 and 192.168.1.9"
        )
        #expect(text == "[ipv6-1] by [ipv4-1], seen from [ipv4-2]:337 and [ipv4-3]")
        #expect(
            mask.legend == [
                "ipv4-1: for documentation (192.0.2.0/24)", "ipv4-2: global",
                "ipv6-1: Teredo address of the server [ipv4-1], mapped to [ipv4-2]:337",
                "ipv4-3: private (192.168.0.0/16)",
            ]
        )
    }

    @Test("names are masked as whole words, the longest first, but not words that every report has")
    func names() {
        let sections = [BugReport.Section("Log", "alice@venus.example.org: venus, /home/alice, venusian, teredo, root")]
        let report = BugReport(
            masking: sections,
            names: [
                ("venus", "host"), ("venus.example.org", "host"), ("alice", "user"), ("teredo", "x"), ("root", "x"),
            ]
        )
        #expect(report.sections[0].text == "[name-3]@[name-2]: [name-1], /home/[name-3], venusian, teredo, root")
    }

    @Test("a name is masked in capitals of any language too, and where it is a part of another one")
    func forms() {
        let text = "B\u{DC}RO b\u{FC}ro B\u{FC}ro b\u{FC}ros alice-laptop /srv/alice_data malice"
        let report = BugReport(masking: [.init("Log", text)], names: [("B\u{FC}ro", "host"), ("alice", "user")])
        #expect(
            report.sections[0].text
                == "[name-1] [name-1] [name-1] b\u{FC}ros [name-2]-laptop /srv/[name-2]_data malice"
        )
    }

    @Test("people have accounts with high numbers too")
    func accounts() throws {
        let file = try TemporaryFile(
            contents: "daemon:x:1:1::/:\nalice:x:1000:1000::/:\nnobody:x:65534:65534::/:\nbob:x:1234500001:1::/:\n"
        )
        #expect(ReportedNames.ofUsers(file.path).map(\.name) == ["alice", "bob"])
    }

    @Test(
        "names of hosts are masked wherever and however they are written, and users in paths",
        arguments: [
            ("server Teredo.Example.ORG, then teredo.example.org.", "server [name-1], then [name-1]."),
            ("https://a.example/x a.example:3544 <b.example>", "https://[name-1]/x [name-1]:3544 <[name-2]>"),
            ("--server a.example --server b.example,c.example", "--server [name-1] --server [name-2],[name-3]"),
            (
                "/home/bob/teredo.yaml and /var/home/Carol.Smith/x",
                "/home/[name-1]/teredo.yaml and /var/home/[name-2]/x"
            ),
            ("~bob/.teredo: bob", "~[name-1]/.teredo: [name-1]"),
            ("/home/4nna/x /home/1000/y /run/media/bob/disk", "/home/[name-1]/x /home/1000/y /run/media/[name-2]/disk"),
            ("host-198-51-100-7.a.example", "host-[ipv4-1].[name-1]"),
            ("xn--bcher-kva.example m\u{FC}nchen.example", "[name-1] [name-2]"),
            ("gw.xn--p1ai srv_01.corp.example", "[name-1] [name-2]"),
            (
                "/etc/live/host.corp.example/key /etc/host.corp.example.yaml:3",
                "/etc/live/[name-1]/key /etc/[name-1].yaml:3"
            ),
            ("/srv/a.example/x.state", "/srv/[name-1]/x.state"),
            ("/home/alice@corp.example/x /home/CORP\\bob/y", "/home/[name-1]/x /home/[name-2]/y"),
            (
                "enx0050b6123456: wlx0050b6123456 00:50:b6:12:34:56 00-50-B6-12-34-56",
                "enx[mac-1]: wlx[mac-1] [mac-1] [mac-1]"
            ),
        ]
    )
    func hostNames(text: String, expected: String) {
        var mask = AddressMask()
        #expect(mask.masked(text) == expected)
    }

    @Test(
        "what has dots and is no name of a host stays",
        arguments: [
            "/etc/teredo/client.yaml:4", "client.sock", "teredo.service: exited", "net.ipv6.conf.all.forwarding = 1",
            "/usr/lib/libx.so.6", "/srv/hook.sh", "/x/client.state.new", "6.18.0-generic",
            "kernel.unprivileged_userns_clone", "1.5 s. Next", "...",
        ]
    )
    func noHostNames(text: String) {
        var mask = AddressMask()
        #expect(mask.masked(text) == text)
    }

    @Test("a settings file that is not understood is not repeated, and what it names is masked in the log")
    func brokenSettings() throws {
        let settings = try TemporaryFile(
            contents: """
                role: client
                server: [tunnelbox, Oxford
                client-id: mallory x
                swordfish topsecret
                """
        )
        let log = try TemporaryFile(contents: "to TUNNELBOX and oxford as Mallory\n")
        var sources = BugReportSources()
        sources.controlSocketPath = "/nonexistent/client.sock"
        sources.settingsPath = settings.path
        sources.logPath = log.path
        let text = sources.report().text
        for word in ["tunnelbox", "oxford", "mallory", "swordfish", "topsecret"] {
            #expect(!text.lowercased().contains(word), "\(text)")
        }
        #expect(text.contains("\(settings.path):2 cannot be used"), "\(text)")
    }

    /// The report about a log, where no role runs and no settings are.
    private static func report(of log: TemporaryFile) -> String {
        var sources = BugReportSources()
        sources.controlSocketPath = "/nonexistent/client.sock"
        sources.settingsPath = log.path
        sources.logPath = log.path
        return sources.report().text
    }

    @Test("all servers that a running role was told on its command line are masked, also short names")
    func commandLine() throws {
        let role = try ChildProcess(
            [
                "teredo", "-c", "sleep 60; :", "--server", "tunnelbox", "--server=oxford,Cambridge", "--client-id",
                "mallory",
            ],
            program: "/bin/sh"
        )
        defer { role.terminate(grace: .zero) }
        let log = try TemporaryFile(contents: "to TunnelBox, OXFORD and cambridge as mallory\n")
        let text = Self.report(of: log)
        for word in ["tunnelbox", "oxford", "cambridge", "mallory"] {
            #expect(!text.lowercased().contains(word), "\(text)")
        }
    }

    @Test(
        "what a running role was told by its environment and by a file elsewhere is masked, whatever its program is called"
    )
    func environmentAndFile() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "server: [oxford]\nclient-id: mallory\n".write(
            toFile: "\(folder)/a.yaml",
            atomically: true,
            encoding: .utf8
        )
        try "server: [durham\nServre: exeter\n".write(toFile: "\(folder)/b.yaml", atomically: true, encoding: .utf8)
        let role = try ChildProcess(
            ["teredo-1.2", "-c", "sleep 60; :", "--config", "a.yaml", "--config=\(folder)/b.yaml"],
            program: "/bin/sh",
            environment: ["TEREDO_SERVER=TunnelBox Cambridge", "TEREDO_USER=trudy"],
            directory: folder
        )
        defer { role.terminate(grace: .zero) }
        let log = try TemporaryFile(contents: "to tunnelbox, CAMBRIDGE, oxford, durham, exeter as mallory and Trudy\n")
        let text = Self.report(of: log)
        for word in ["tunnelbox", "cambridge", "oxford", "durham", "exeter", "mallory", "trudy"] {
            #expect(!text.lowercased().contains(word), "\(text)")
        }
    }

    @Test(
        "the server of a role that is gone is masked where the log tells of it",
        arguments: [
            "debug client: resolving TunnelBox", "debug client: tunnelbox has the addresses []",
            "warning client: the name service does not answer for the server name tunnelbox",
            "warning client: the name service gives no usable address for the server name tunnelbox: 10.0.0.1, which is private",
            "warning client: offline, next attempt in 3 s: the server name does not resolve to a usable IPv4 address (tunnelbox)",
            "Error: --server: 'tunnelbox/x' is not allowed; use an address",
            "Error: TEREDO_SERVER: 'tunnelbox x' is not allowed",
            "Error: /etc/teredo/client.yaml:2: server: 'tunnelbox:1' is not allowed",
            "Error: /etc/teredo/client.yaml:2: bind: 'tunnelbox' is not allowed; use an IPv4 address such as 192.0.2.1",
            "Error: TEREDO_DENY_SOURCE: 'TunnelBox' is neither an address nor a prefix",
        ]
    )
    func deadRole(line: String) throws {
        let log = try TemporaryFile(contents: "\(line)\ninfo client: it does not resolve\n")
        let text = Self.report(of: log)
        #expect(!text.lowercased().contains("tunnelbox"), "\(text)")
        #expect(text.contains("it does not resolve"), "\(text)")
    }

    @Test("addresses of this host and the client identifier do not survive; settings come with their origin")
    func report() throws {
        let addresses =
            try Netlink.ipv4Addresses().filter { !$0.isLoopback }.map { "\($0.address)" }
            + Netlink.ipv6Addresses().filter { !$0.isLoopback }.map { "\($0.address)" }
        let settings = try TemporaryFile(
            contents: "role: client\nserver: teredo.example.org\nclient-id: mallory\nsecret-file: /x\n"
        )
        let log = try TemporaryFile(
            contents: "one\ntwo: to teredo.example.org\nthree: \(addresses.joined(separator: " "))\n"
        )
        var sources = BugReportSources()
        sources.controlSocketPath = "/nonexistent/client.sock"
        sources.settingsPath = settings.path
        sources.logPath = log.path
        sources.logLines = 2
        let text = sources.report().text
        for address in addresses { #expect(!text.contains(address), "\(address) in \(text)") }
        #expect(!text.contains("mallory") && !text.contains("teredo.example.org"))
        #expect(text.contains("secret-file") && text.contains("\(settings.path):4"))
        #expect(text.contains("two: to [name-") && !text.contains("    one\n"))
        #expect(text.contains("no role is running there"))
        #expect(text.contains("## Program\n\n    teredo \(ProgramVersion.full), control socket version"))
    }
}
