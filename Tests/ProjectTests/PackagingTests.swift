import Foundation
import TeredoLinux
import Testing

/// What is installed beside the program.
@Suite struct PackagingTests {
    static let roles = ["auto", "client", "gateway", "host-relay", "relay", "server"]

    @Test("systemd accepts the units of each role", arguments: roles, ["", "@"])
    func unit(role: String, kind: String) throws {
        guard ChildProcess.executable(named: "systemd-analyze") != nil else {
            try Test.cancel("systemd-analyze is not installed")
        }
        let unit = try Project.text("packaging/systemd/teredo-\(role)\(kind).service")
        let settings = "/etc/teredo/\(role)\(kind.isEmpty ? "" : "-%i").yaml"
        #expect(unit.contains("ExecStart=/usr/bin/teredo \(role) --config \(settings)"))
        // The check wants a program that exists.
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/teredo-\(role)\(kind.isEmpty ? "" : "@one").service"
        try unit.replacing("/usr/bin/teredo", with: "/bin/true").write(toFile: path, atomically: false, encoding: .utf8)
        let verified = try CommandOutput.run(["systemd-analyze", "verify", "--man=no", path], limit: .seconds(30))
        #expect(verified.isSuccess && verified.error.isEmpty, "\(verified)")
    }

    private static let units = "packaging/systemd"

    @Test("no unit has an exposure of more than 1.5, and the root that units have is made")
    func exposure() throws {
        guard ChildProcess.executable(named: "systemd-analyze") != nil else {
            try Test.cancel("systemd-analyze is not installed")
        }
        let folder = Project.root.appendingPathComponent(Self.units).path
        let units = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".service") }
        #expect(units.count >= 2 * Self.roles.count)
        let made = try Project.text("packaging/tmpfiles/teredo.conf").split(separator: "\n")
        for unit in units {
            let rating = ["systemd-analyze", "security", "--offline=true", "--threshold=15", "\(folder)/\(unit)"]
            let rated = try CommandOutput.run(rating, limit: .seconds(30))
            #expect(rated.isSuccess, "\(unit): \(rated)")
            let lines = try Project.text("\(Self.units)/\(unit)").split(separator: "\n")
            for line in lines where line.hasPrefix("RootDirectory=") {
                let root = line.dropFirst("RootDirectory=".count)
                #expect(made.contains { $0 == "d \(root) 0755 root root -" }, "\(unit)")
            }
        }
    }

    @Test("systemd accepts the target that others are ordered after, with the service that waits for it")
    func online() throws {
        guard ChildProcess.executable(named: "systemd-analyze") != nil else {
            try Test.cancel("systemd-analyze is not installed")
        }
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let paths = try ["teredo-online.target", "teredo-wait-online.service"].map { name in
            let path = "\(directory)/\(name)"
            try Project.text("packaging/systemd/\(name)").replacing("/usr/bin/teredo", with: "/bin/true")
                .write(toFile: path, atomically: false, encoding: .utf8)
            return path
        }
        let verified = try CommandOutput.run(["systemd-analyze", "verify", "--man=no"] + paths, limit: .seconds(30))
        #expect(verified.isSuccess && verified.error.isEmpty, "\(verified)")
    }

    @Test("an instance is run as the only one is, but for what instances must not share", arguments: roles)
    func template(role: String) throws {
        let own = ["Description=", "ConditionPathExists=", "ExecStart=", "ExecStop=", "# What instances"]
        let units = try ["", "@"].map { kind in
            try Project.text("packaging/systemd/teredo-\(role)\(kind).service").split(separator: "\n")
        }
        let (single, template) = (units[0], units[1])
        #expect(
            single.filter { line in !own.contains { line.hasPrefix($0) } }
                == template.filter { line in !own.contains { line.hasPrefix($0) } }
        )
        let command = try #require(template.first { $0.hasPrefix("ExecStart=") })
        #expect(command.contains(" --control-socket /run/teredo/\(role)-%i.sock"))
        let end = "ExecStop=-/usr/bin/teredo drain --if-announced --wait --control-socket /run/teredo/\(role)"
        let isDrained = ["server", "relay", "gateway"].contains(role)
        #expect(single.contains("\(end).sock") == isDrained && template.contains("\(end)-%i.sock") == isDrained)
        #expect(command.contains(" --interface teredo-%i") == (role != "server"))
        #expect(
            command.contains(" --state-file /var/lib/teredo/\(role)-%i.state") == ["auto", "client"].contains(role)
        )
    }

    @Test("scripts/install puts everything in its place, and manual and completions know every command")
    func installation() throws {
        let built = Project.root.appendingPathComponent(".build/debug").path
        guard FileManager.default.isExecutableFile(atPath: "\(built)/generate-manual"),
            FileManager.default.isExecutableFile(atPath: "\(built)/teredo")
        else { try Test.cancel("generate-manual is not built: swift build --product generate-manual") }
        let root = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let environment = [
            "DESTDIR=\(root)", "TEREDO_BINARY=\(built)/teredo", "TEREDO_MANUAL_GENERATOR=\(built)/generate-manual",
        ]
        let script = Project.root.appendingPathComponent("scripts/install").path
        let output = try CommandOutput.run(["env"] + environment + [script, "--prefix", "/usr"], limit: .seconds(60))
        try #require(output.isSuccess, "\(output)")
        #expect(FileManager.default.isExecutableFile(atPath: "\(root)/usr/bin/teredo"))
        for place in [
            "lib/sysusers.d/teredo.conf", "lib/tmpfiles.d/teredo.conf", "lib/systemd/network/10-teredo.network",
            "lib/NetworkManager/conf.d/teredo.conf", "share/teredo/prometheus/teredo.rules.yml",
            "share/teredo/prometheus/teredo.dashboard.json", "lib/systemd/system/teredo-online.target",
            "lib/systemd/system/teredo-wait-online.service",
        ] + Self.roles.flatMap({ role in ["", "@"].map { "lib/systemd/system/teredo-\(role)\($0).service" } }) {
            #expect(FileManager.default.fileExists(atPath: "\(root)/usr/\(place)"), "\(place)")
        }
        let bash = try text("bash-completion/completions/teredo", root)
        let zsh = try text("zsh/vendor-completions/_teredo", root)
        let fish = try text("fish/vendor_completions.d/teredo.fish", root)
        for command in Self.roles + ["status", "peers", "metrics", "bugreport", "check", "config"] {
            for script in [bash, zsh, fish] { #expect(script.contains(command), "\(command)") }
            let page = try text("man/man1/teredo-\(command).1", root)
            #expect(page.contains(".Dt TEREDO-\(command.uppercased()) 1"), "\(page)")
            // A name without spaces is what apropos can find; the synopsis shows what is typed.
            #expect(page.contains("\n.Nm teredo-\(command)\n.Nd "), "\(page)")
            #expect(page.contains("\n.Sh SYNOPSIS\n.Nm \"teredo \(command)\"\n"), "\(page)")
            // apropos would show quotes, and a name that is hyphenated cannot be copied.
            #expect(!page.contains("\n.Nd \"") && page.contains("\n.nr doc-hyphen-flags 0\n"), "\(page)")
            #expect(page.contains("\n.It 64\n") && page.contains("\n.Sh \"SEE ALSO\"\n.Xr teredo"), "\(page)")
        }
        #expect(!bash.hasPrefix("#!"))
        let page = try text("man/man1/teredo-client.1", root)
        #expect(page.contains(".It Fl -hook Ar path") && page.contains(".Bd -literal\nUsual: "), "\(page)")
        #expect(try text("man/man1/teredo.1", root).contains(".Xr teredo-client 1 ,"))
    }

    private func text(_ path: String, _ root: String) throws -> String {
        try String(contentsOfFile: "\(root)/usr/share/\(path)", encoding: .utf8)
    }
}
