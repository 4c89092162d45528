/// One thing that can be set about a role: by flag, by environment variable, or in the file of the role.
///
/// The table of settings is the only place where they are described: flags with their help and defaults, the check of
/// files and values, `teredo config show`, the sample files and what SIGHUP changes come from it.
package struct Setting: Hashable, Sendable {
    /// The key in files, and the flag without its dashes.
    package let key: String
    /// What its value may be, or each of its values.
    package let kind: SettingKind
    /// What stands for the value in help texts.
    package let valueName: String
    /// What it is for, one or more sentences.
    package let meaning: String
    /// Whether it may have several values.
    package let isList: Bool
    /// The value that holds where none is given; `nil` for none.
    package let defaultValue: String?
    /// Whether the role cannot run without it.
    package let isRequired: Bool
    /// A value for the sample file.
    package let example: String
    /// The roles that have it.
    package let roles: Set<Role>
    /// When a running role takes another value over.
    package let change: SettingChange

    /// Describes a setting; the example of one with a default is the default unless another is given.
    package init(
        _ key: String,
        _ kind: SettingKind,
        _ valueName: String,
        _ meaning: String,
        isList: Bool = false,
        defaultValue: String? = nil,
        isRequired: Bool = false,
        example: String = "",
        roles: Set<Role>,
        change: SettingChange = .restart
    ) {
        self.key = key
        self.kind = kind
        self.valueName = valueName
        self.meaning = meaning
        self.isList = isList
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.example = example.isEmpty ? defaultValue ?? "" : example
        self.roles = roles
        self.change = change
    }

    /// A switch.
    package init(
        _ key: String,
        isOn: Bool,
        _ meaning: String,
        roles: Set<Role>,
        change: SettingChange = .restart
    ) {
        self.init(key, .boolean, "", meaning, defaultValue: isOn ? "true" : "false", roles: roles, change: change)
    }

    /// A number.
    package init(
        _ key: String,
        _ range: ClosedRange<Int>,
        _ value: Int,
        _ valueName: String,
        _ meaning: String,
        roles: Set<Role>,
        change: SettingChange = .restart
    ) {
        self.init(
            key,
            .integer(range),
            valueName,
            meaning,
            defaultValue: String(value),
            roles: roles,
            change: change
        )
    }

    /// How the names of all environment variables begin.
    package static let environmentPrefix = "TEREDO_"

    /// The environment variable.
    package var environmentVariable: String {
        Self.environmentPrefix + key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// What it is for, and which numbers are allowed.
    package var help: String {
        guard case .integer(let range) = kind else { return meaning }
        return "\(meaning) From \(range.lowerBound) to \(range.upperBound)."
    }

    /// The arguments that give `values` on the command line.
    package func arguments(_ values: [String]) -> [String] {
        switch kind {
        case .boolean: values.map { $0 == "true" ? "--\(key)" : "--no-\(key)" }
        default: values.map { "--\(key)=\($0)" }
        }
    }

    /// Throws, in the name of `place`, for a value that the setting cannot have.
    package func validate(_ value: String, place: String) throws(ConfigurationError) {
        guard kind.accepts(value) else {
            throw ConfigurationError(place, "'\(value)' is not allowed; use \(kind.allowed)")
        }
    }

    /// Throws, in the name of the flag, for a number that the setting cannot have.
    package func validate(_ number: Int) throws(ConfigurationError) {
        guard case .integer(let range) = kind, !range.contains(number) else { return }
        throw ConfigurationError("--\(key)", "\(number) is outside \(range.lowerBound) to \(range.upperBound)\(unit)")
    }

    /// What the numbers count, where that is a unit.
    private var unit: String { ["seconds", "kbit/s"].contains(valueName) ? " \(valueName)" : "" }
}
