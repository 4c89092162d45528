import TeredoHost

extension EffectiveSettings {
    /// The settings in the order of the table.
    package var rows: [SettingRow] { items.map { SettingRow($0, role: role) } }

    /// One of them; a setting that the role does not have has no value.
    func row(of setting: Setting) -> SettingRow {
        let item = items.first { $0.setting == setting }
        return SettingRow(item ?? Item(setting: setting, values: [], origin: .standard), role: role)
    }

    /// The settings as a table for people.
    package var text: String { rows.table }
}

extension [SettingRow] {
    /// The settings as a table for people.
    package var table: String {
        var table = TextTable(headings: ["Setting", "Value", "From"])
        for row in self { table.append([row.key, row.value, row.place ?? row.origin.text]) }
        return table.lines.joined(separator: "\n")
    }
}

extension SettingRow {
    /// The values for people.
    package var value: String { values.isEmpty ? "-" : values.joined(separator: ", ") }
}
