package import TeredoHost
package import TeredoSettings

/// The answer to `settings`: what holds in a running role, and where it came from.
package struct SettingsReport: Hashable, Sendable, Codable {
    /// The role, as its command calls it.
    package var role: Role
    /// The settings file; `nil` for none.
    @OrNull package var file: String?
    /// Every setting of the role, in the order of its sample file.
    package var settings: [SettingRow]

    /// Makes a report.
    package init(role: Role, file: String?, settings: [SettingRow]) {
        self.role = role
        self.settings = settings
        self.file = file
    }

    /// The settings as a table for people.
    package var text: String { settings.table }
}

/// The answer to `set`: what became of each setting.
package struct SettingsChangeReport: Hashable, Sendable, Codable {
    /// The role, as its command calls it.
    package var role: Role
    /// The settings file, where nothing was changed; `nil` for none.
    @OrNull package var file: String?
    /// The settings in the order in which they were given.
    package var changes: [SettingAlteration]

    /// Makes a report.
    package init(role: Role, file: String?, changes: [SettingAlteration]) {
        self.role = role
        self.changes = changes
        self.file = file
    }

    /// A line for each setting, and how long it holds, for people.
    package var text: String {
        var lines = changes.map(\.text)
        if changes.contains(where: { $0.origin == .live }) {
            lines.append(
                file.map {
                    "This holds until the role ends, or reads its settings again (teredo reload); to keep it, put it in \($0)."
                } ?? "This holds until the role ends."
            )
        }
        return lines.joined(separator: "\n")
    }
}
