import Logging
import Synchronization
import TeredoHost
import TeredoSettings
import Testing

@Suite("Settings of a running role")
struct RunningSettingsTests {
    /// Keeps what is logged.
    private final class Log: Sendable {
        private let kept = Mutex<[String]>([])

        var lines: [String] { kept.withLock { $0 } }
        var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

        private struct Handler: LogHandler {
            let log: Log
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                log.kept.withLock { $0.append("\(event.level): \(event.message)") }
            }
        }
    }

    @Test(
        "The log level is taken over, what cannot change is left alone, and so is everything when the file is wrong",
        arguments: [
            ("server: a.example\nlog-level: critical", Logger.Level.critical),
            ("server: b.example\nlog-level: error", .error), ("server: a.example", .info),
            ("server: a.example\nlog-level: loud", .warning),
        ]
    )
    func reloads(text: String, level: Logger.Level) throws {
        let threshold = LogControl(.warning)
        let old = try EffectiveSettingsTests.settings("server: a.example\nlog-level: warning")
        RunningSettings(old, log: threshold) { try EffectiveSettingsTests.settings(text) }.reload(Log().logger)
        #expect(threshold.level == level)
    }

    @Test("What the role adopts is named once; what it cannot adopt is named each time until it is restarted")
    func adopts() throws {
        let text = "server: [b.example, a.example]\nstrict: true"
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let adopt: RunningSettings.Adoption = { _ in SettingsAdoption(live: Role.client.settingsAtOnce) }
        let running = RunningSettings(old, log: LogControl(.info), adopt: adopt) {
            try EffectiveSettingsTests.settings(text)
        }
        let log = Log()
        running.reload(log.logger)
        running.reload(log.logger)
        let warning = "warning: restart the role to apply settings that cannot change while it runs: strict"
        #expect(log.lines == ["notice: settings read again: server changed", warning, warning])
    }

    @Test("What holds from the next change of role on is named once, and apart")
    func later() throws {
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let adopt: RunningSettings.Adoption = { _ in SettingsAdoption(live: [.server], later: [.server, .strict]) }
        let running = RunningSettings(old, log: LogControl(.info), adopt: adopt) {
            try EffectiveSettingsTests.settings("server: b.example\nstrict: true")
        }
        let log = Log()
        running.reload(log.logger)
        running.reload(log.logger)
        let lines = [
            "notice: settings read again: server changed",
            "notice: settings read again: strict will take effect with the next change of role",
            "notice: settings read again: nothing else changed",
        ]
        #expect(log.lines == lines)
    }

    @Test(
        "Who exchanged the keys of a fleet reads how many hold",
        arguments: [1, 2]
    )
    func fleetKeys(count: Int) throws {
        let settings = try EffectiveSettingsTests.settings("server: a.example")
        let adopt: RunningSettings.Adoption = { _ in SettingsAdoption(fleetKeyCount: count) }
        let log = Log()
        RunningSettings(settings, log: LogControl(.info), adopt: adopt) { settings }.reload(log.logger)
        #expect(
            log.lines == [
                "notice: fleet key file read again: \(count == 1 ? "1 key holds" : "2 keys hold")",
                "notice: settings read again: nothing else changed",
            ]
        )
    }

    @Test("A role that cannot adopt the settings keeps all of them")
    func refuses() throws {
        struct Refusal: Error {}
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let threshold = LogControl(.info)
        let adopt: RunningSettings.Adoption = { _ in throw Refusal() }
        let running = RunningSettings(old, log: threshold, adopt: adopt) {
            try EffectiveSettingsTests.settings("server: b.example\nlog-level: debug")
        }
        let log = Log()
        running.reload(log.logger)
        #expect(threshold.level == .info)
        #expect(log.lines.count == 1 && log.lines[0].hasPrefix("error: the settings stay as they are"))
    }

    /// A client with a file that takes over what the table says, and nothing of what `refused` holds.
    private static func running(
        _ text: String = "server: a.example",
        role: Role = .client,
        flags: [String: [String]] = [:],
        logging: LogControl = LogControl(.info),
        refusing refused: Set<Setting> = [],
        adopted: @escaping ([String]) -> Void = { _ in }
    ) throws -> RunningSettings {
        let settings = try EffectiveSettingsTests.settings(text, role: role, flags: flags)
        let adopt: RunningSettings.Adoption = { fresh in
            adopted(fresh.arguments())
            return SettingsAdoption(
                live: role.settingsAtOnce.subtracting(refused),
                later: role == .auto ? role.settingsWithoutRestart.subtracting(refused) : []
            )
        }
        return RunningSettings(settings, log: logging, adopt: adopt) {
            try EffectiveSettingsTests.settings(text, role: role, flags: flags)
        }
    }

    private static func row(_ running: RunningSettings, _ key: String) -> SettingRow? {
        running.current.rows.first { $0.key == key }
    }

    @Test("What is set holds at once and is told with what it was; reading the settings again takes it back")
    func sets() throws {
        let threshold = LogControl(.info)
        let running = try Self.running(
            "server: a.example\nrefresh-interval: 20\nallow: [tcp/22]",
            flags: ["transit": ["false"]],
            logging: threshold
        )
        let log = Log()
        let words = "refresh-interval=25\nallow=tcp/80,udp/53\ntransit=true\nlog-level=debug\nhairpinning=same-address"
        let changes = try running.change(words, log.logger)
        let texts = [
            "refresh-interval: 25 (was 20)", "allow: tcp/80, udp/53 (was tcp/22)", "transit: true (was false)",
            "log-level: debug (was info)", "hairpinning: same-address, as before",
        ]
        #expect(changes.map(\.text) == texts)
        #expect(changes.allSatisfy { $0.origin == .live })
        #expect(threshold.level == .debug)
        #expect(
            running.current.arguments() == [
                "--server=a.example", "--refresh-interval=25", "--transit", "--hairpinning=same-address",
                "--allow=tcp/80", "--allow=udp/53", "--log-level=debug",
            ]
        )
        #expect(running.current.liveKeys.contains("transit"), "its flag has to be left out")
        running.reload(log.logger)
        #expect(threshold.level == .info)
        #expect(Self.row(running, "refresh-interval")?.place == "/etc/t.yaml:2")
        #expect(Self.row(running, "transit")?.origin == .commandLine)
        #expect(Self.row(running, "transit")?.values == ["false"])
        #expect(running.current.liveKeys.isEmpty)
        #expect(
            log.lines == [
                "notice: set, as somebody asked on the control socket: refresh-interval=25 allow=tcp/80,udp/53 "
                    + "transit=true log-level=debug hairpinning=same-address",
                "notice: settings read again: log-level is now info",
                "notice: settings read again: refresh-interval, transit, allow changed",
            ]
        )
    }

    @Test("A key alone takes back what was set, to what file, environment and command line say")
    func takesBack() throws {
        let running = try Self.running("server: a.example\nrefresh-interval: 20")
        _ = try running.change("refresh-interval=25\nport-mapping=off", Log().logger)
        let change = try #require(try running.change("refresh-interval", Log().logger).first)
        #expect(change.text == "refresh-interval: 20 (was 25)")
        #expect(change.origin == .file && change.place == "/etc/t.yaml:2")
        #expect(Self.row(running, "port-mapping")?.origin == .live)
        #expect(try running.change("port-mapping", Log().logger).map(\.text) == ["port-mapping: auto (was off)"])
    }

    @Test(
        "All is set, or nothing: with one that is wrong or needs a restart everything stays as it is",
        arguments: [
            ("workers=2", SettingsRefusal.needsRestart([.workers])),
            ("strict=true", .needsRestart([.strict])), ("bind=0.0.0.0:1", .needsRestart([.bind])),
            (
                "refresh-interval=many",
                .invalid(
                    ConfigurationError("refresh-interval", "'many' is not allowed; use a whole number, 1 to 86400")
                )
            ),
            (
                "refresh-intervall=2",
                .invalid(
                    ConfigurationError(
                        "refresh-intervall",
                        "no such setting of client; did you mean 'refresh-interval'?"
                    )
                )
            ),
            ("=2", .invalid(ConfigurationError("KEY=VALUE", "has no key in front of '='; say what to set"))),
            (
                "port-mapping=auto",
                .invalid(ConfigurationError("port-mapping", "is given twice; give each setting once"))
            ),
            (
                "server=",
                .invalid(
                    ConfigurationError(
                        "/etc/t.yaml: server",
                        "is missing; give it, for example 'server: teredo.example.org'"
                    )
                )
            ),
            ("transit=", .invalid(ConfigurationError("transit", "'' is not allowed; use true or false"))),
        ]
    )
    func allOrNothing(words: String, refusal: SettingsRefusal) throws {
        let threshold = LogControl(.info)
        let running = try Self.running(logging: threshold)
        let before = running.current
        let log = Log()
        let error = #expect(throws: SettingsRefusal.self) {
            _ = try running.change("log-level=debug\nport-mapping=off\n\(words)", log.logger)
        }
        #expect(error == refusal)
        #expect(running.current == before && threshold.level == .info && log.lines.isEmpty)
    }

    @Test("What the role refuses, although the table allows it, is taken back from it")
    func refusedByRole() throws {
        var adopted: [[String]] = []
        let running = try Self.running(refusing: [.portMapping]) { adopted.append($0) }
        let error = #expect(throws: SettingsRefusal.self) {
            _ = try running.change("refresh-interval=25\nport-mapping=off", Log().logger)
        }
        #expect(error == .needsRestart([.portMapping]))
        #expect(adopted.count == 2 && adopted.last == ["--server=a.example"])
    }

    @Test("auto decides by other settings at once, and keeps others for its next role")
    func auto() throws {
        let running = try Self.running(role: .auto, refusing: [])
        let changes = try running.change("type=disabled\nstrict=true", Log().logger)
        #expect(changes.map(\.effect) == [.now, .nextRole])
        #expect(changes[1].text == "strict: true from the next change of role on (was false)")
        let error = #expect(throws: SettingsRefusal.self) { _ = try running.change("hook=/x", Log().logger) }
        #expect(error == .needsRestart([.hook]))
    }

    @Test("What the log is like changes at once in every role, also in one that takes nothing over")
    func logging() throws {
        let logging = LogControl(.info)
        let settings = try EffectiveSettingsTests.settings("address: 192.0.2.1", role: .server)
        let running = RunningSettings(settings, log: logging) { settings }
        let changes = try running.change("log-format=json\nmask-addresses=true\nlog-level=trace", Log().logger)
        #expect(changes.map(\.effect) == [.now, .now, .now])
        #expect(logging.choice == LogControl.Choice(level: .trace, format: .json, masksAddresses: true))
        let log = Log()
        running.reload(log.logger)
        #expect(logging.choice == LogControl.Choice(level: .info))
        #expect(
            log.lines == [
                "notice: settings read again: log-level is now info",
                "notice: settings read again: log-format is now text",
                "notice: settings read again: mask-addresses is now false",
                "notice: settings read again: nothing else changed",
            ]
        )
    }

    @Test("What does not go together is told without a file, and nothing is set")
    func verifies() throws {
        let settings = try EffectiveSettingsTests.settings("server: a.example")
        let problem = ConfigurationError("transit-relay", "contradicts")
        var questions = 0
        let logging = LogControl(.info)
        let adopt: RunningSettings.Adoption = { _ in
            questions += 1
            throw problem
        }
        let running = RunningSettings(settings, log: logging, adopt: adopt) { settings }
        let error = #expect(throws: SettingsRefusal.self) {
            _ = try running.change("transit-relay=192.0.2.1:1\nlog-level=debug", Log().logger)
        }
        // Whoever is asked parses all settings, and the role moves no packets meanwhile: once is enough.
        #expect(error == .invalid(problem) && questions == 1 && logging.level == .info)
        #expect(running.current == settings)
        running.reload(Log().logger)
        #expect(questions == 2)
    }
}
