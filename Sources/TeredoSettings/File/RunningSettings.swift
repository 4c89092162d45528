package import Logging
package import TeredoHost

/// The settings of a role that runs: what holds, what SIGHUP does to that, and what somebody sets meanwhile.
///
/// What was set holds until the settings are read again, or the role ends.
package final class RunningSettings {
    /// Has the role take settings over; returns which it can, and throws for what does not go together, or cannot be had.
    package typealias Adoption = (EffectiveSettings) throws -> SettingsAdoption

    /// What would hold if nobody had set anything.
    private var base: EffectiveSettings
    /// What was set since the settings were read.
    private var live: [Setting: [String]] = [:]
    /// What holds.
    package private(set) var current: EffectiveSettings
    /// Whether there is a file to read again.
    package let hasFile: Bool

    private let log: LogControl
    private let read: () throws -> EffectiveSettings
    private let adopt: Adoption

    /// `settings` hold now; `read` reads file and environment again.
    package init(
        _ settings: EffectiveSettings,
        log: LogControl,
        adopt: @escaping Adoption = { _ in SettingsAdoption() },
        read: @escaping () throws -> EffectiveSettings
    ) {
        base = settings
        current = settings
        hasFile = settings.path != nil
        self.log = log
        self.adopt = adopt
        self.read = read
    }

    /// Reads the settings again, which ends all that was set since; with an error in them everything stays as it is.
    package func reload(_ logger: Logger) {
        let fresh: EffectiveSettings
        let adoption: SettingsAdoption
        do {
            fresh = try read()
            adoption = try adopt(fresh)
        } catch {
            logger.error("the settings stay as they are: \(error)")
            return
        }
        let changed = current.items.map(\.setting).filter { current.values(of: $0) != fresh.values(of: $0) }
        log.choice = fresh.logChoice
        for setting in changed where Setting.logging.contains(setting) {
            logger.notice("settings read again: \(setting.key) is now \(fresh.values(of: setting).joined())")
        }
        let others = changed.filter { !Setting.logging.contains($0) }
        let now = others.filter(adoption.live.contains)
        let later = others.filter { adoption.later.contains($0) && !adoption.live.contains($0) }
        let fixed = others.filter { !adoption.live.contains($0) && !adoption.later.contains($0) }
        // The path may be the old one and the keys others: who rotates them wants to know that they hold.
        if let count = adoption.fleetKeyCount {
            logger.notice("fleet key file read again: \(count == 1 ? "1 key holds" : "\(count) keys hold")")
        }
        if !now.isEmpty { logger.notice("settings read again: \(Self.keys(now)) changed") }
        if !later.isEmpty {
            logger.notice("settings read again: \(Self.keys(later)) will take effect with the next change of role")
        }
        if !fixed.isEmpty {
            logger.warning("restart the role to apply settings that cannot change while it runs: \(Self.keys(fixed))")
        }
        if others.isEmpty { logger.notice("settings read again: nothing else changed") }
        base = base.adopting(Set(base.items.map(\.setting)).subtracting(fixed), of: fresh)
        live = [:]
        current = base
    }

    /// Sets all that `text` says, as ``SettingWish`` reads it, or nothing; returns what became of each.
    package func change(_ text: String, _ logger: Logger) throws(SettingsRefusal) -> [SettingAlteration] {
        let wishes = try wishes(text)
        let fixed = wishes.map(\.setting).filter { $0.change(in: base.role) == .restart }
        guard fixed.isEmpty else { throw .needsRestart(fixed) }
        var wanted = self.live
        for wish in wishes { wanted[wish.setting] = wish.values }
        let fresh = base.changed(wanted)
        let adoption = try adoption(of: fresh)
        let live = adoption.live.union(Setting.logging)
        let refused = wishes.map(\.setting).filter { !live.contains($0) && !adoption.later.contains($0) }
        guard refused.isEmpty else {
            // What it held a moment ago it can hold again; of what it refused it took nothing.
            _ = try? adopt(current)
            throw .needsRestart(refused)
        }
        log.choice = fresh.logChoice
        let former = current
        self.live = wanted
        current = fresh
        let words = wishes.map { wish in
            "\(wish.setting.key)=\(fresh.values(of: wish.setting).joined(separator: ","))"
        }
        logger.notice("set, as somebody asked on the control socket: \(words.joined(separator: " "))")
        return wishes.map { wish in
            let previous = former.values(of: wish.setting)
            let effect: SettingAlteration.Effect =
                previous == fresh.values(of: wish.setting)
                ? .unchanged : live.contains(wish.setting) ? .now : .nextRole
            return SettingAlteration(fresh.row(of: wish.setting), previousValues: previous, effect: effect)
        }
    }

    private func wishes(_ text: String) throws(SettingsRefusal) -> [SettingWish] {
        do {
            return try SettingWish.parse(text, for: base.role)
        } catch {
            throw .invalid(error)
        }
    }

    private func adoption(of fresh: EffectiveSettings) throws(SettingsRefusal) -> SettingsAdoption {
        do {
            try fresh.requireAll()
            return try adopt(fresh)
        } catch let error as ConfigurationError {
            throw .invalid(error)
        } catch {
            throw .failed("\(error)")
        }
    }

    private static func keys(_ settings: [Setting]) -> String { settings.map(\.key).joined(separator: ", ") }
}
