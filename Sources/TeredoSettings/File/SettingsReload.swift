package import Logging
package import TeredoHost

/// What SIGHUP does to a role with a settings file: takes over what can change, and says what cannot.
package final class SettingsReload {
    /// Has the role take settings over; returns which it can.
    package typealias Adoption = (EffectiveSettings) throws -> SettingsAdoption

    private var settings: EffectiveSettings
    private let threshold: LogThreshold
    private let read: () throws -> EffectiveSettings
    private let adopt: Adoption

    /// `settings` hold now; `read` reads file and environment again.
    package init(
        _ settings: EffectiveSettings,
        threshold: LogThreshold,
        adopt: @escaping Adoption = { _ in SettingsAdoption() },
        read: @escaping () throws -> EffectiveSettings
    ) {
        self.settings = settings
        self.threshold = threshold
        self.adopt = adopt
        self.read = read
    }

    /// Reads the settings again; with an error in them everything stays as it is.
    package func run(_ logger: Logger) {
        let fresh: EffectiveSettings
        let adoption: SettingsAdoption
        do {
            fresh = try read()
            adoption = try adopt(fresh)
        } catch {
            logger.error("the settings stay as they are: \(error)")
            return
        }
        let level = fresh.values(of: .logLevel).first.flatMap { Logger.Level(rawValue: $0) } ?? threshold.level
        if level != threshold.level {
            threshold.level = level
            logger.notice("settings read again: \(Setting.logLevel.key) is now \(level)")
        }
        let changed = settings.items.map(\.setting).filter {
            $0 != .logLevel && settings.values(of: $0) != fresh.values(of: $0)
        }
        let live = changed.filter(adoption.live.contains)
        let later = changed.filter { adoption.later.contains($0) && !adoption.live.contains($0) }
        let adopted = Set(live + later)
        let fixed = changed.filter { !adopted.contains($0) }
        if !live.isEmpty { logger.notice("settings read again: \(Self.keys(live)) changed") }
        if !later.isEmpty {
            logger.notice("settings read again: \(Self.keys(later)) will take effect with the next change of role")
        }
        if !fixed.isEmpty {
            logger.warning("restart the role to apply settings that cannot change while it runs: \(Self.keys(fixed))")
        }
        if changed.isEmpty { logger.notice("settings read again: nothing else changed") }
        settings = settings.adopting(adopted, of: fresh)
    }

    private static func keys(_ settings: [Setting]) -> String { settings.map(\.key).joined(separator: ", ") }
}

extension EffectiveSettings {
    fileprivate func values(of setting: Setting) -> [String] { items.first { $0.setting == setting }?.values ?? [] }
}
