import Logging
package import TeredoControl
import TeredoSettings

/// Settings with known answers.
package struct SettingsSample: ControlledSettings {
    /// Answers to every question.
    package init() {}

    package var report: SettingsReport {
        SettingsReport(role: .client, file: "/etc/teredo/client.yaml", settings: rows)
    }

    package func reload() -> ControlReload? {
        ControlReload(messages: [ControlReload.Message(level: .notice, text: "said")])
    }

    package func change(_ text: String) throws(ControlError) -> SettingsChangeReport {
        if text == "workers=2" { throw ControlError(code: .needsRestart, message: "workers") }
        return SettingsChangeReport(
            role: .client,
            file: "/etc/teredo/client.yaml",
            changes: [SettingAlteration(rows[1], previousValues: ["30"], effect: .now)]
        )
    }

    private var rows: [SettingRow] {
        let file = "role: client\nserver: [a.example, b.example]\nrefresh-interval: 20"
        guard let settings = try? SettingsFile(parsing: file, path: "/etc/teredo/client.yaml"),
            let effective = try? EffectiveSettings(
                role: .client,
                file: settings,
                flags: ["workers": ["2"]],
                environment: { $0 == "TEREDO_STRICT" ? "true" : nil }
            )
        else { return [] }
        return ["server", "refresh-interval", "workers", "strict", "bind"].compactMap { key in
            effective.rows.first { $0.key == key }
        }
    }
}
