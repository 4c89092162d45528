import Logging
import Synchronization
import TeredoHost
import TeredoSettings
import Testing

@Suite("Settings read again")
struct SettingsReloadTests {
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
        let threshold = LogThreshold(.warning)
        let old = try EffectiveSettingsTests.settings("server: a.example\nlog-level: warning")
        SettingsReload(old, threshold: threshold) { try EffectiveSettingsTests.settings(text) }.run(Log().logger)
        #expect(threshold.level == level)
    }

    @Test("What the role adopts is named once; what it cannot adopt is named each time until it is restarted")
    func adopts() throws {
        let text = "server: [b.example, a.example]\nstrict: true"
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let adopt: SettingsReload.Adoption = { _ in SettingsAdoption(live: Role.client.settingsAtOnce) }
        let reload = SettingsReload(old, threshold: LogThreshold(.info), adopt: adopt) {
            try EffectiveSettingsTests.settings(text)
        }
        let log = Log()
        reload.run(log.logger)
        reload.run(log.logger)
        let warning = "warning: restart the role to apply settings that cannot change while it runs: strict"
        #expect(log.lines == ["notice: settings read again: server changed", warning, warning])
    }

    @Test("What holds from the next change of role on is named once, and apart")
    func later() throws {
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let adopt: SettingsReload.Adoption = { _ in SettingsAdoption(live: [.server], later: [.server, .strict]) }
        let reload = SettingsReload(old, threshold: LogThreshold(.info), adopt: adopt) {
            try EffectiveSettingsTests.settings("server: b.example\nstrict: true")
        }
        let log = Log()
        reload.run(log.logger)
        reload.run(log.logger)
        let lines = [
            "notice: settings read again: server changed",
            "notice: settings read again: strict will take effect with the next change of role",
            "notice: settings read again: nothing else changed",
        ]
        #expect(log.lines == lines)
    }

    @Test("A role that cannot adopt the settings keeps all of them")
    func refuses() throws {
        struct Refusal: Error {}
        let old = try EffectiveSettingsTests.settings("server: a.example")
        let threshold = LogThreshold(.info)
        let adopt: SettingsReload.Adoption = { _ in throw Refusal() }
        let reload = SettingsReload(old, threshold: threshold, adopt: adopt) {
            try EffectiveSettingsTests.settings("server: b.example\nlog-level: debug")
        }
        let log = Log()
        reload.run(log.logger)
        #expect(threshold.level == .info)
        #expect(log.lines.count == 1 && log.lines[0].hasPrefix("error: the settings stay as they are"))
    }
}
