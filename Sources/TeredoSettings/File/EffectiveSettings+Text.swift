import TeredoHost

extension EffectiveSettings {
    /// One setting as `teredo config show --json` prints it.
    package struct Row: Hashable, Sendable, Encodable {
        /// The key in files.
        package let key: String
        /// Its values; none where it is not set.
        package let values: [String]
        /// `default`, `FILE:LINE` or the name of an environment variable.
        package let origin: String
    }

    /// The settings in the order of the table.
    package var rows: [Row] {
        items.map { Row(key: $0.setting.key, values: $0.values, origin: $0.origin.description) }
    }

    /// The settings as a table for people.
    package var text: String {
        var table = TextTable(headings: ["Setting", "Value", "From"])
        for row in rows {
            table.append([row.key, row.values.isEmpty ? "-" : row.values.joined(separator: ", "), row.origin])
        }
        return table.lines.joined(separator: "\n")
    }
}
