package import TeredoHost

/// One setting with what holds for it, as reports show it.
package struct SettingRow: Hashable, Sendable, Codable {
    /// The key in files.
    package let key: String
    /// Its values; none where it is not set.
    package let values: [String]
    /// Where they came from.
    package let origin: SettingOrigin.Kind
    /// File and line, or the name of the environment variable; `nil` where `origin` says all.
    @OrNull package private(set) var place: String?
    /// When another value would hold in a running role of this kind: never `withRole` but for `teredo auto`.
    package let change: SettingChange

    /// Describes a setting of `role`.
    init(_ item: EffectiveSettings.Item, role: Role) {
        key = item.setting.key
        values = item.values
        origin = item.origin.kind
        place = item.origin.place
        change = item.setting.change(in: role)
    }
}
