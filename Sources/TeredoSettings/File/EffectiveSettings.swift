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
        package let origin: Origin
    }

    /// Where a value came from.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        case standard
        case file(place: String)
        case environment(name: String)
        case flag

        package var description: String {
            switch self {
            case .standard: "default"
            case .file(let place): place
            case .environment(let name): name
            case .flag: "flag"
            }
        }
    }

    /// Puts the environment over the file and leaves out what `flags` (keys) give; throws for the values that cannot be
    /// used, of the file all, of the environment the first.
    package init(
        role: Role,
        file: SettingsFile?,
        flags: Set<String> = [],
        environment: (String) -> String?
    ) throws(ConfigurationError) {
        self.role = role
        path = file?.path
        if let file { try Self.validate(file, role: role) }
        for setting in role.settings {
            items.append(try Self.item(setting, file: file, isFlag: flags.contains(setting.key), environment))
        }
    }

    /// What the file and the environment say, as arguments of the role's command.
    package func arguments(leavingOut left: Set<Setting> = []) -> [String] {
        items.filter { !left.contains($0.setting) }.flatMap { item in
            switch item.origin {
            case .standard, .flag: [String]()
            case .file, .environment: item.setting.arguments(item.values)
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
        }
    }

    /// The role that a file is for: what its key `role` says, or its name, such as `client.yaml`.
    package static func role(of file: SettingsFile) throws(ConfigurationError) -> Role {
        let names = Role.allCases.map(\.rawValue).joined(separator: ", ")
        if let entry = file.entries.first(where: { $0.key == roleKey }) {
            let name = entry.values.first?.text ?? ""
            guard !entry.isList, let role = Role(rawValue: name) else {
                throw ConfigurationError("\(file.place(of: entry)): role", "'\(name)' is not allowed; use \(names)")
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
        isFlag: Bool,
        _ environment: (String) -> String?
    ) throws(ConfigurationError) -> Item {
        if isFlag { return Item(setting: setting, values: [], origin: .flag) }
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
                errors.append(error)
            }
        }
        guard let first = errors.first else { return }
        throw ConfigurationError(first.option, first.problem, further: Array(errors.dropFirst()))
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
        guard let setting = role.settings.first(where: { $0.key == entry.key }) else {
            let known = role.settings.map(\.key)
            let hint =
                NearestWord.of(entry.key, among: known).map { "did you mean '\($0)'?" }
                ?? "the settings are: \(known.joined(separator: ", "))"
            throw ConfigurationError(place, "no such setting of \(role); \(hint)")
        }
        guard setting.isList || !entry.isList else {
            throw ConfigurationError(place, "takes one value, not a list; use \(setting.kind.allowed)")
        }
        for value in entry.values {
            try setting.validate(value.text, place: file.place(of: entry))
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
        case .choice, .wordOrInteger, .ipv4Address, .endpoint, .ipv4Prefix, .ipv6Prefix, .inboundRule, .text: false
        }
    }
}
