import FoundationEssentials
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Where a bug report looks; nothing that it does changes anything.
package struct BugReportSources: Sendable {
    /// The control socket to ask; `nil` for all in `controlDirectory`.
    package var controlSocketPath: String?
    /// The directory of the control sockets.
    package var controlDirectory = ControlSocketPath.directory
    /// The settings file; `nil` for those in `settingsDirectory`.
    package var settingsPath: String?
    /// The directory of the settings files.
    package var settingsDirectory = "/etc/teredo"
    /// A file that the log goes to; `nil` asks the system journal.
    package var logPath: String?
    /// How many of the last lines of the log are wanted.
    package var logLines = 200

    /// The usual places.
    package init() {}

    /// Looks everywhere and masks what it finds.
    package func report() -> BugReport {
        var names = hostNames + ReportedNames.ofUsers() + ReportedNames.ofRunningCommands()
        var sections = [program, system]
        sections += commands.map(Self.section)
        for path in controlSockets { sections += role(at: path, &names) }
        if controlSockets.isEmpty {
            sections.append(
                .init("Running roles", "no role is running: there is no control socket in \(controlDirectory)")
            )
        }
        sections += settings(&names)
        let log = log
        sections.append(log)
        names += LoggedNames.of(log.text)
        return BugReport(masking: sections, names: names)
    }

    private var program: BugReport.Section {
        #if arch(x86_64)
        let architecture = "x86_64"
        #elseif arch(arm64)
        let architecture = "aarch64"
        #else
        let architecture = "another architecture"
        #endif
        #if DEBUG
        let build = "debug"
        #else
        let build = "release"
        #endif
        return .init(
            "Program",
            "teredo \(ProgramVersion.full), control socket version \(ControlProtocol.version)\n\(build) build for \(architecture)"
        )
    }

    private var system: BugReport.Section {
        var table = TextTable()
        table.append(["Kernel", Self.line(of: "/proc/sys/kernel/osrelease") ?? "not known"])
        table.append(["System", Self.distribution ?? "not known"])
        let capabilities = Capability.allCases.filter(\.isEffective).map(\.rawValue)
        table.append([
            "Capabilities of this command", capabilities.isEmpty ? "none" : capabilities.joined(separator: ", "),
        ])
        table.append(["/dev/net/tun", FileManager.default.fileExists(atPath: "/dev/net/tun") ? "present" : "missing"])
        let container = ["/.dockerenv", "/run/.containerenv"].contains(where: FileManager.default.fileExists)
        table.append(["Container", container ? "yes" : "not seen"])
        for name in ["all/forwarding", "all/disable_ipv6", "default/disable_ipv6"] {
            table.append(["net/ipv6/conf/\(name)", Self.line(of: "/proc/sys/net/ipv6/conf/\(name)") ?? "missing"])
        }
        return .init("System", table.lines.joined(separator: "\n"))
    }

    private var commands: [[String]] {
        [
            ["ip", "-brief", "address"], ["ip", "-4", "route"], ["ip", "-6", "route"], ["ip", "-6", "rule"],
        ]
    }

    private var controlSockets: [String] {
        if let controlSocketPath { return [controlSocketPath] }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: controlDirectory)) ?? []
        return ControlSocketPath.sockets(among: files, in: controlDirectory)
    }

    private func role(at path: String, _ names: inout [(name: String, meaning: String)]) -> [BugReport.Section] {
        let query = ControlQuery(controlSocketPath: path)
        do {
            let status = try query.status()
            if case .client(let client) = status {
                names += client.servers.names.names.map { ($0.description, "the name of the server") }
            }
            let title = "Role at \(path)"
            var sections = [BugReport.Section(title, try JSONText.encode(status, isPretty: true))]
            // A server has no peers.
            if let peers = try? query.peers(limit: 50) { sections.append(.init("Peers at \(path)", peers.text)) }
            // Only a client can be checked.
            if let check = try? query.check() {
                sections.append(.init("Check at \(path)", try JSONText.encode(check, isPretty: true)))
            }
            sections.append(runningSettings(query, path, &names))
            return sections
        } catch {
            return [.init("Role at \(path)", "\(error)")]
        }
    }

    /// What holds in a running role, which may have another command line and environment than its file tells.
    private func runningSettings(
        _ query: ControlQuery,
        _ path: String,
        _ names: inout [(name: String, meaning: String)]
    ) -> BugReport.Section {
        let title = "Settings in force at \(path)"
        do {
            let report = try query.settings()
            for row in report.settings {
                guard let setting = report.role.settings.first(where: { $0.key == row.key }) else { continue }
                names += ReportedNames.of(setting, row.values)
            }
            return .init(title, report.text)
        } catch {
            return .init(title, "\(error)")
        }
    }

    private func settings(_ names: inout [(name: String, meaning: String)]) -> [BugReport.Section] {
        let usual = Role.allCases.map { "\(settingsDirectory)/\($0).yaml" }
        let paths = settingsPath.map { [$0] } ?? usual.filter { FileManager.default.fileExists(atPath: $0) }
        guard !paths.isEmpty else { return [.init("Settings", "there is no settings file in \(settingsDirectory)")] }
        return paths.map { path in
            do {
                let file = try SettingsFile(path: path)
                let role = try EffectiveSettings.role(of: file)
                let settings = try EffectiveSettings(
                    role: role,
                    file: file,
                    environment: ChildProcess.environmentVariable
                )
                for item in settings.items {
                    names += ReportedNames.of(item.setting, item.values)
                }
                return .init("Settings of \(role) in \(path), and the environment of this command", settings.text)
            } catch let error as ConfigurationError {
                // Not what is wrong: that may repeat a line, and nobody knows what is in one that is not understood.
                names += ReportedNames.inBrokenFile(path)
                let places = error.all.map { "\($0.place) cannot be used" }
                return .init(
                    "Settings in \(path)",
                    (places + ["'teredo config check' says what is wrong"]).joined(separator: "\n")
                )
            } catch {
                return .init("Settings in \(path)", "\(error)")
            }
        }
    }

    private var log: BugReport.Section {
        guard let logPath else {
            let section = Self.section([
                "journalctl", "--unit=teredo*", "--lines=\(logLines)", "--no-pager", "--quiet", "--output=short-iso",
            ])
            guard section.text.isEmpty else { return section }
            return .init("Log", "the journal has nothing from units teredo*; give the log file with --log-file")
        }
        do {
            let file = try PrivateFile(path: logPath, limit: 64 << 20)
            let lines = String(decoding: file.contents, as: UTF8.self).split(separator: "\n")
            return .init("Log in \(logPath)", lines.suffix(logLines).joined(separator: "\n"))
        } catch {
            return .init("Log in \(logPath)", "\(error)")
        }
    }

    /// The names of this host and of its user.
    private var hostNames: [(name: String, meaning: String)] {
        var names: [(name: String, meaning: String)] = []
        if let host = Self.line(of: "/proc/sys/kernel/hostname") {
            names.append((host, "the name of this host"))
            if let first = host.split(separator: ".").first { names.append((String(first), "the name of this host")) }
        }
        for variable in ["SUDO_USER", "USER", "LOGNAME"] {
            if let user = ChildProcess.environmentVariable(variable) { names.append((user, "the name of a user")) }
        }
        return names
    }

    private static func section(_ command: [String]) -> BugReport.Section {
        let title = command.joined(separator: " ")
        do {
            let output = try CommandOutput.run(command, limit: .seconds(5))
            guard output.isSuccess else {
                let ending = output.ending.map(\.description) ?? "stopped after 5 s"
                return .init(title, "failed (\(ending)): \(output.error)")
            }
            return .init(title, String(output.output.reversed().drop { $0.isNewline }.reversed()))
        } catch {
            return .init(title, "not available: \(error)")
        }
    }

    private static func line(of path: String) -> String? {
        guard let file = try? PrivateFile(path: path, limit: 65_536) else { return nil }
        return String(decoding: file.contents.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static var distribution: String? {
        guard let file = try? PrivateFile(path: "/etc/os-release", limit: 65_536) else { return nil }
        let line = String(decoding: file.contents, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } }
    }
}
