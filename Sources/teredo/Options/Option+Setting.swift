import ArgumentParser
import TeredoHost
import TeredoSettings

// Flags are made from the table of settings: name, default, help and what is allowed.

extension Option {
    /// The flag of a setting that has a default.
    init(_ setting: Setting) where Value: ExpressibleByArgument {
        guard let value = setting.defaultValue.flatMap({ Value(argument: $0) }) else {
            preconditionFailure("--\(setting.key) has no default")
        }
        self.init(wrappedValue: value, name: .customLong(setting.key), help: ArgumentHelp(setting))
    }

    /// The flag of a setting that may be absent.
    init<Wrapped: ExpressibleByArgument>(_ setting: Setting) where Value == Wrapped? {
        self.init(name: .customLong(setting.key), help: ArgumentHelp(setting))
    }

    /// The flag of a setting that may be absent: an address, or what is written like one.
    init<Wrapped: TextCoded>(_ setting: Setting) where Value == Wrapped? {
        self.init(name: .customLong(setting.key), help: ArgumentHelp(setting)) {
            try OptionValue.value($0, of: setting)
        }
    }

    /// The flag of a setting that must be there.
    init(required setting: Setting) where Value: TextCoded {
        self.init(name: .customLong(setting.key), help: ArgumentHelp(setting)) {
            try OptionValue.value($0, of: setting)
        }
    }

    /// The flag of a setting that must be there once at least.
    init<Element: TextCoded>(required setting: Setting) where Value == [Element] {
        self.init(name: .customLong(setting.key), help: ArgumentHelp(setting)) {
            try OptionValue.value($0, of: setting)
        }
    }

    /// The flag of a setting that has a default, read by `transform`.
    init(_ setting: Setting, transform: @Sendable @escaping (String) throws -> Value) {
        guard let value = setting.defaultValue.flatMap({ try? transform($0) }) else {
            preconditionFailure("--\(setting.key) has no default")
        }
        self.init(
            wrappedValue: value,
            name: .customLong(setting.key),
            help: ArgumentHelp(setting),
            transform: transform
        )
    }

    /// The flag of a setting that may be repeated, read by `transform`.
    init<Element: Sendable>(list setting: Setting, transform: @Sendable @escaping (String) throws -> Element)
    where Value == [Element] {
        self.init(
            wrappedValue: [],
            name: .customLong(setting.key),
            help: ArgumentHelp(setting),
            transform: transform
        )
    }

    /// The flag of a setting that may be repeated.
    init<Element: ExpressibleByArgument>(_ setting: Setting) where Value == [Element] {
        self.init(wrappedValue: [], name: .customLong(setting.key), help: ArgumentHelp(setting))
    }

    /// The flag of a setting that may be repeated: addresses, or what is written like them.
    init<Element: TextCoded>(_ setting: Setting) where Value == [Element] {
        self.init(wrappedValue: [], name: .customLong(setting.key), help: ArgumentHelp(setting)) {
            try OptionValue.value($0, of: setting)
        }
    }
}

extension Flag where Value == Bool {
    /// The pair of flags of a switch.
    init(_ setting: Setting) {
        self.init(
            wrappedValue: setting.defaultValue == "true",
            name: .customLong(setting.key),
            inversion: .prefixedNo,
            help: ArgumentHelp(setting)
        )
    }
}
