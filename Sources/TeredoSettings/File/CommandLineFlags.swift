/// The words of a role's command line, with the flags of settings among them.
package struct CommandLineFlags: Hashable, Sendable {
    private var words: [Word] = []
    private var terminated: [String] = []

    private struct Word: Hashable {
        let text: String
        /// The key of the setting that the word is part of, if any.
        var key: String?
        /// The value that the word gives to it.
        var value: String?
    }

    /// Looks for the flags of the settings of `role` in the words after the name of the command.
    ///
    /// What follows a terminator belongs to another program.
    package init(_ arguments: some Sequence<String>, role: Role) {
        let settings = role.settings
        var pending: Setting?
        var isTerminated = false
        for text in arguments {
            isTerminated = isTerminated || text == "--"
            if isTerminated {
                terminated.append(text)
            } else if let setting = pending {
                words.append(Word(text: text, key: setting.key, value: text))
                pending = nil
            } else {
                let word = Self.word(text, settings)
                if word.key != nil, word.value == nil { pending = settings.first { $0.key == word.key } }
                words.append(word)
            }
        }
    }

    /// The values that flags give, by the key of the setting; of one that takes one value the last, which counts.
    package func values(for role: Role) -> [String: [String]] {
        var values: [String: [String]] = [:]
        for word in words {
            guard let key = word.key, let value = word.value else { continue }
            let isList = role.settings.first { $0.key == key }?.isList == true
            values[key] = (isList ? values[key] ?? [] : []) + [value]
        }
        return values
    }

    /// The command line without the flags of some settings.
    package func words(leavingOut keys: Set<String>) -> [String] {
        words.filter { word in word.key.map { !keys.contains($0) } ?? true }.map(\.text) + terminated
    }

    private static func word(_ text: String, _ settings: [Setting]) -> Word {
        guard text.hasPrefix("--") else { return Word(text: text) }
        let name = String(text.dropFirst(2).prefix { $0 != "=" })
        for setting in settings {
            if setting.kind == .boolean {
                if text == "--\(setting.key)" { return Word(text: text, key: setting.key, value: "true") }
                if text == "--no-\(setting.key)" { return Word(text: text, key: setting.key, value: "false") }
            } else if name == setting.key {
                let value = name.count + 2 < text.count ? String(text.dropFirst(name.count + 3)) : nil
                return Word(text: text, key: setting.key, value: value)
            }
        }
        return Word(text: text)
    }
}
