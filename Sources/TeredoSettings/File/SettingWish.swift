/// What somebody wants a setting of a running role to be.
package struct SettingWish: Hashable, Sendable {
    /// The setting.
    package let setting: Setting
    /// Its values; `nil` for those that it had before anybody set it.
    package let values: [String]?

    /// Reads `KEY=VALUE`, or `KEY` alone, one from each line; values of a list are separated by commas, as in the environment.
    ///
    /// Throws for the first that is wrong, in the words of a settings file.
    package static func parse(_ text: String, for role: Role) throws(ConfigurationError) -> [SettingWish] {
        var wishes: [SettingWish] = []
        for line in text.split(separator: "\n") {
            let wish = try SettingWish(line, for: role)
            guard !wishes.contains(where: { $0.setting == wish.setting }) else {
                throw ConfigurationError(wish.setting.key, "is given twice; give each setting once")
            }
            wishes.append(wish)
        }
        guard !wishes.isEmpty else { throw ConfigurationError("KEY=VALUE", "is missing; say what to set") }
        return wishes
    }

    private init(_ line: Substring, for role: Role) throws(ConfigurationError) {
        let end = line.firstIndex(of: "=")
        let key = String(line[..<(end ?? line.endIndex)])
        guard !key.isEmpty else { throw ConfigurationError("KEY=VALUE", "has no key in front of '='; say what to set") }
        setting = try role.setting(key, place: key)
        guard let end else {
            values = nil
            return
        }
        let text = String(line[line.index(after: end)...])
        let values = setting.isList ? text.split(separator: ",").map(String.init) : [text]
        for value in values { try setting.validate(value, place: key) }
        self.values = values
    }
}
