/// One thing that can be set about a role: by flag, by environment variable, or in the file of the role.
///
/// The table of settings is the only place where they are described: the help of the flags, the check of files,
/// `teredo config show` and the sample files come from it.
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

    /// Describes a setting; the example of one with a default is the default unless another is given.
    package init(
        _ key: String,
        _ kind: SettingKind,
        _ valueName: String,
        _ meaning: String,
        isList: Bool = false,
        defaultValue: String? = nil,
        isRequired: Bool = false,
        example: String = ""
    ) {
        self.key = key
        self.kind = kind
        self.valueName = valueName
        self.meaning = meaning
        self.isList = isList
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.example = example.isEmpty ? defaultValue ?? "" : example
    }

    /// A switch.
    package init(_ key: String, isOn: Bool, _ meaning: String) {
        self.init(key, .boolean, "", meaning, defaultValue: isOn ? "true" : "false")
    }

    /// A number.
    package init(_ key: String, _ range: ClosedRange<Int>, _ value: Int, _ valueName: String, _ meaning: String) {
        self.init(key, .integer(range), valueName, meaning, defaultValue: String(value))
    }

    /// The environment variable.
    package var environmentVariable: String {
        "TEREDO_" + key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
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
            throw ConfigurationError("\(place): \(key)", "'\(value)' is not allowed; use \(kind.allowed)")
        }
    }
}
