import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

extension FuzzTarget {
    /// Files that users write, or programs for them, and values in them.
    static let files = [
        FuzzTarget("settings", longestInput: 4000) { input throws(Violation) in try checkSettings(input) },
        FuzzTarget("settings-change", longestInput: 1000) { input throws(Violation) in try checkChange(input) },
        FuzzTarget("miredo", longestInput: 2000) { input throws(Violation) in try checkMiredo(input) },
        FuzzTarget("secrets", longestInput: 2000) { input throws(Violation) in try checkSecrets(input) },
        FuzzTarget("inbound-rule", longestInput: 200) { input throws(Violation) in
            guard let rule = InboundRule(String(decoding: input, as: UTF8.self)) else { return }
            try Violation.unless(InboundRule(rule.description) == rule, "the rule changed: \(rule)")
        },
    ]

    private static func checkSettings(_ input: [UInt8]) throws(Violation) {
        // The first octet says the role, where the file does not.
        guard let first = input.first else { return }
        let role = Role.allCases[Int(first) % Role.allCases.count]
        guard let text = String(validating: input.dropFirst(), as: UTF8.self) else { return }
        let file: SettingsFile
        do throws(ConfigurationError) {
            file = try SettingsFile(parsing: text, path: "f")
        } catch {
            return try check(error)
        }
        for entry in file.entries {
            for value in entry.values {
                try Violation.unless(!value.text.contains("\n"), "a value has two lines")
            }
        }
        let named = (try? EffectiveSettings.role(of: file)) ?? role
        let settings: EffectiveSettings
        do throws(ConfigurationError) {
            settings = try EffectiveSettings(role: named, file: file) { _ in nil }
        } catch {
            return try check(error)
        }
        // What the role is started with is what the file says.
        let keys = Set(file.entries.map(\.key))
        for item in settings.items where keys.contains(item.setting.key) {
            let values = file.entries.first { $0.key == item.setting.key }?.values.map(\.text) ?? []
            try Violation.unless(
                item.values == values,
                "\(item.setting.key) is \(item.values), and \(values) in the file"
            )
        }
        _ = settings.arguments()
    }

    private static func check(_ error: ConfigurationError) throws(Violation) {
        for one in error.all {
            try Violation.unless(!one.option.isEmpty && !one.problem.isEmpty, "an error says nothing")
        }
    }

    /// What may be changed while a role runs.
    private static func checkChange(_ input: [UInt8]) throws(Violation) {
        guard let first = input.first, let text = String(validating: input.dropFirst(), as: UTF8.self) else { return }
        let role = Role.allCases[Int(first) % Role.allCases.count]
        let wishes: [SettingWish]
        do throws(ConfigurationError) {
            wishes = try SettingWish.parse(text, for: role)
        } catch {
            return try check(error)
        }
        for wish in wishes {
            try Violation.unless(role.settings.contains(wish.setting), "\(role) has no \(wish.setting.key)")
        }
    }

    /// What is made of a file of Miredo is a settings file that says the same.
    private static func checkMiredo(_ input: [UInt8]) throws(Violation) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        let miredo: MiredoConfiguration
        let imported: MiredoConfiguration.Imported
        do throws(ConfigurationError) {
            miredo = try MiredoConfiguration(parsing: text, path: "miredo.conf")
            imported = try miredo.imported()
        } catch {
            return try check(error)
        }
        let file: SettingsFile
        let role: Role
        do throws(ConfigurationError) {
            file = try SettingsFile(parsing: imported.text, path: "f")
            role = try EffectiveSettings.role(of: file)
        } catch {
            throw Violation("what was imported is no settings file: \(error)\n\(imported.text)")
        }
        try Violation.unless(role == imported.role, "a \(imported.role) became a \(role)")
        for (key, directive) in [("server", "serveraddress"), ("interface", "interfacename")] {
            guard let value = file.entries.first(where: { $0.key == key })?.values.first?.text else { continue }
            let given = miredo.directives.first { $0.name.lowercased() == directive }?.value
            try Violation.unless(value == given, "\(key) is \(value) and was \(given ?? "missing")")
        }
    }

    private static func checkSecrets(_ input: [UInt8]) throws(Violation) {
        guard let file = try? SecretsFile(parsing: input, path: "f") else { return }
        try Violation.unless(!file.secrets.isEmpty, "a file without secrets is taken")
        let identifiers = file.secrets.map(\.clientIdentifier)
        try Violation.unless(Set(identifiers).count == identifiers.count, "an identifier stands there twice")
        for secret in file.secrets {
            let name = "hex:" + secret.clientIdentifier.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let found = try? file.secret(for: name, path: "f")
            try Violation.unless(found == secret, "the secret of \(name) is not found")
        }
    }
}
