package import Logging

/// What SIGHUP does to a role with a settings file: takes over what can change, and says what cannot.
package final class SettingsReload {
    private let settings: EffectiveSettings
    private let threshold: LogThreshold
    private let read: () throws -> EffectiveSettings

    /// `settings` hold now; `read` reads file and environment again.
    package init(
        _ settings: EffectiveSettings,
        threshold: LogThreshold,
        read: @escaping () throws -> EffectiveSettings
    ) {
        self.settings = settings
        self.threshold = threshold
        self.read = read
    }

    /// Reads the settings again; with an error in them everything stays as it is.
    package func run(_ logger: Logger) {
        let fresh: EffectiveSettings
        do {
            fresh = try read()
        } catch {
            logger.error("the settings stay as they are: \(error)")
            return
        }
        let level = fresh.values(of: .logLevel).first.flatMap { Logger.Level(rawValue: $0) } ?? threshold.level
        if level != threshold.level {
            threshold.level = level
            logger.notice("settings read again: \(Setting.logLevel.key) is now \(level)")
        }
        let fixed = settings.items.filter { $0.setting != .logLevel && $0.values != fresh.values(of: $0.setting) }
        guard fixed.isEmpty else {
            let keys = fixed.map(\.setting.key).joined(separator: ", ")
            logger.warning("settings that cannot change while the role runs, restart it for them: \(keys)")
            return
        }
        logger.notice("settings read again: everything else is as it was")
    }
}

extension EffectiveSettings {
    fileprivate func values(of setting: Setting) -> [String] { items.first { $0.setting == setting }?.values ?? [] }
}
