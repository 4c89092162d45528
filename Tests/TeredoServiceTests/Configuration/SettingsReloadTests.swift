import Logging
import TeredoService
import Testing

@Suite("Settings read again")
struct SettingsReloadTests {
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
        SettingsReload(old, threshold: threshold) { try EffectiveSettingsTests.settings(text) }
            .run(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(threshold.level == level)
    }
}
