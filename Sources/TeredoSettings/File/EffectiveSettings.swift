import TeredoHost

/// What holds for a role once file and environment are read, and where each value came from.
package struct EffectiveSettings: Hashable, Sendable {
    /// The role.
    package let role: Role
    /// Every setting of the role with its values.
    package private(set) var items: [Item] = []
    /// The path of the file; `nil` for none.
    package let path: String?

    /// One setting with what holds for it.
    package struct Item: Hashable, Sendable {
        /// The setting.
        package let setting: Setting
        /// Its values; none where it is not set.
        package let values: [String]
        /// Where they came from.
        package let origin: SettingOrigin
    }

    /// Puts `flags`, values by key, over the environment, and that over the file.
    ///
    /// Throws for the values that cannot be used: of the file all, of the environment the first. Those of flags are left to the
    /// parser of the command line.
    package init(
        role: Role,
        file: SettingsFile?,
        flags: [String: [String]] = [:],
        environment: (String) -> String?
    ) throws(ConfigurationError) {
        self.role = role
        path = file?.path
        if let file { try Self.validate(file, role: role) }
        for setting in role.settings {
            items.append(try Self.item(setting, file: file, flag: flags[setting.key], environment))
        }
    }

    /// What the file, the environment and changes while the role runs say, as arguments of the role's command.
    package func arguments(leavingOut left: Set<Setting> = []) -> [String] {
        items.filter { !left.contains($0.setting) }.flatMap { item in
            switch item.origin {
            case .standard, .flag: [String]()
            case .file, .environment, .live: item.setting.arguments(item.values)
            }
        }
    }

    /// These settings with the items of some settings of `fresh`.
    func adopting(_ adopted: Set<Setting>, of fresh: Self) -> Self {
        var result = self
        result.items = items.map { item in
            guard adopted.contains(item.setting) else { return item }
            return fresh.items.first { $0.setting == item.setting } ?? item
        }
        return result
    }

    /// These settings with values that were set while the role runs.
    func changed(_ live: [Setting: [String]]) -> Self {
        var result = self
        result.items = items.map { item in
            live[item.setting].map { Item(setting: item.setting, values: $0, origin: .live) } ?? item
        }
        return result
    }

    /// The keys of those that were set while the role runs.
    package var liveKeys: Set<String> { Set(items.filter { $0.origin == .live }.map(\.setting.key)) }

    /// What holds for a setting; none where it is not set.
    func values(of setting: Setting) -> [String] { items.first { $0.setting == setting }?.values ?? [] }

    /// The files that are read when the settings are read again.
    package var files: [String] {
        [path].compactMap(\.self) + [Setting.secretFile, .secretsFile, .fleetKeyFile].flatMap { values(of: $0) }
    }

    /// Throws for the first setting that the role cannot do without and that has no value.
    package func requireAll() throws(ConfigurationError) {
        for item in items where item.setting.isRequired && item.values.isEmpty {
            throw ConfigurationError(
                "\(path ?? role.rawValue): \(item.setting.key)",
                "is missing; give it, for example '\(item.setting.key): \(item.setting.example)'"
            )
        }
    }

    /// A complaint about a flag, in the words of whoever set it; `nil` when a flag really did.
    package func blame(_ message: String) -> ConfigurationError? {
        guard message.hasPrefix("--"), let colon = message.firstIndex(of: ":") else { return nil }
        let key = message[..<colon].dropFirst(2)
        let problem = message[message.index(after: colon)...].drop { $0 == " " }
        guard let item = items.first(where: { $0.setting.key == key }) else { return nil }
        switch item.origin {
        case .standard, .flag: return nil
        case .file(let place): return ConfigurationError("\(place): \(key)", String(problem))
        case .environment(let name): return ConfigurationError(name, String(problem))
        case .live: return ConfigurationError(item.setting.key, String(problem))
        }
    }

    /// The role that a file is for: what its key `role` says, or its name, such as `client.yaml`.
    package static func role(of file: SettingsFile) throws(ConfigurationError) -> Role {
        let names = Role.allCases.map(\.rawValue).joined(separator: ", ")
        if let entry = file.entries.first(where: { $0.key == roleKey }) {
            let name = entry.values.first?.text ?? ""
            guard !entry.isList, let role = Role(rawValue: name) else {
                let place = file.place(of: entry)
                throw ConfigurationError("\(place): role", "'\(name)' is not allowed; use \(names)").at(place)
            }
            return role
        }
        let name = file.path.split(separator: "/").last?.split(separator: ".").first ?? ""
        guard let role = Role(rawValue: String(name)) else {
            throw ConfigurationError(
                file.path,
                "does not say which role it is for; name it like client.yaml, or add 'role:' \(names)"
            )
        }
        return role
    }

    private static let roleKey = "role"

    private static func item(
        _ setting: Setting,
        file: SettingsFile?,
        flag: [String]?,
        _ environment: (String) -> String?
    ) throws(ConfigurationError) -> Item {
        if let flag { return Item(setting: setting, values: flag, origin: .flag) }
        let name = setting.environmentVariable
        if let text = environment(name) {
            let values = setting.isList ? text.split(separator: ",").map(String.init) : [text]
            for value in values where !setting.kind.accepts(value) {
                throw ConfigurationError(name, "'\(value)' is not allowed; use \(setting.kind.allowed)")
            }
            return Item(setting: setting, values: values, origin: .environment(name: name))
        }
        if let file, let entry = file.entries.first(where: { $0.key == setting.key }) {
            return Item(
                setting: setting,
                values: entry.values.map(\.text),
                origin: .file(place: file.place(of: entry))
            )
        }
        return Item(setting: setting, values: setting.defaultValue.map { [$0] } ?? [], origin: .standard)
    }

    private static func validate(_ file: SettingsFile, role: Role) throws(ConfigurationError) {
        var errors: [ConfigurationError] = []
        for entry in file.entries {
            do {
                try validate(entry, of: file, role: role)
            } catch {
                errors.append(error.at(file.place(of: entry)))
            }
        }
        guard let first = errors.first else { return }
        throw first.with(Array(errors.dropFirst()))
    }

    private static func validate(
        _ entry: SettingsFile.Entry,
        of file: SettingsFile,
        role: Role
    ) throws(ConfigurationError) {
        let place = "\(file.place(of: entry)): \(entry.key)"
        guard entry.key != roleKey else {
            let named = try Self.role(of: file)
            guard named == role else {
                throw ConfigurationError(place, "the file is for '\(named)', not for '\(role)'")
            }
            return
        }
        let setting = try role.setting(entry.key, place: place)
        guard setting.isList || !entry.isList else {
            throw ConfigurationError(place, "takes one value, not a list; use \(setting.kind.allowed)")
        }
        for value in entry.values {
            try setting.validate(value.text, place: place)
            guard !value.isQuoted || !setting.kind.isUnquoted else {
                throw ConfigurationError(place, "'\(value.text)' in quotes is text; use \(setting.kind.allowed)")
            }
        }
    }
}

extension SettingKind {
    /// Whether YAML has a type of its own for such values, so that in quotes they would be of the wrong one.
    fileprivate var isUnquoted: Bool {
        switch self {
        case .boolean, .integer: true
        case .choice, .wordOrInteger, .ipv4Address, .endpoint, .streamEndpoint, .ipv4Prefix, .ipv6Prefix, .sourcePrefix,
            .inboundRule,
            .text:
            false
        }
    }
}
