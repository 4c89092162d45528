package import TeredoHost

/// What became of a setting that somebody set in a running role.
package struct SettingAlteration: Hashable, Sendable, Codable {
    /// When the new value holds.
    package enum Effect: String, Hashable, Sendable, Codable, CaseIterable {
        /// From now on.
        case now
        /// From the next change of role on.
        case nextRole
        /// It is the same as before.
        case unchanged
    }

    /// The key in files.
    package let key: String
    /// Its values now; none where it is not set.
    package let values: [String]
    /// Its values before.
    package let previousValues: [String]
    /// Where the values come from now.
    package let origin: SettingOrigin.Kind
    /// File and line, or the name of the environment variable; `nil` where `origin` says all.
    @OrNull package private(set) var place: String?
    /// When they hold.
    package let effect: Effect

    /// Tells of one setting.
    package init(_ row: SettingRow, previousValues: [String], effect: Effect) {
        key = row.key
        values = row.values
        self.previousValues = previousValues
        origin = row.origin
        self.effect = effect
        place = row.place
    }

    /// A line for people.
    package var text: String {
        let value = Self.text(values)
        return switch effect {
        case .now: "\(key): \(value) (was \(Self.text(previousValues)))"
        case .nextRole: "\(key): \(value) from the next change of role on (was \(Self.text(previousValues)))"
        case .unchanged: "\(key): \(value), as before"
        }
    }

    private static func text(_ values: [String]) -> String { values.isEmpty ? "-" : values.joined(separator: ", ") }
}
