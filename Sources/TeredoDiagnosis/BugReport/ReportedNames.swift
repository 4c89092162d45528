import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoSettings

/// The names that a bug report must not tell, beside those that show themselves by their form.
enum ReportedNames {
    /// A name, and what it is the name of.
    typealias Entry = (name: String, meaning: String)

    /// The names in the values of a setting; none where the setting names nothing.
    static func of(_ setting: Setting, _ values: [String]) -> [Entry] {
        guard let meaning = naming.first(where: { $0.setting == setting })?.meaning else { return [] }
        return values.flatMap { $0.split { $0 == "," || $0 == " " } }.map { (String($0), meaning) }
    }

    /// Those that the processes of this program that run now were given.
    ///
    /// They are on the command line, in the environment and in the settings file: not every role has a control socket that answers, or
    /// one that is asked.
    static func ofRunningCommands(_ folder: String = "/proc") -> [Entry] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return processes.filter { UInt32($0) != nil }.flatMap { process -> [Entry] in
            let place = "\(folder)/\(process)"
            let words = list("\(place)/cmdline")
            guard let program = words.first, isThisProgram(program, place) else { return [] }
            return named(by: words) + named(byVariables: list("\(place)/environ"))
                + settingsFiles(of: words, in: "\(place)/cwd").flatMap(inFile)
        }
    }

    /// Whatever name the file has by now, such as that of a version.
    private static func isThisProgram(_ word: String, _ place: String) -> Bool {
        if word.split(separator: "/").last?.hasPrefix("teredo") == true { return true }
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/exe")
        return program != nil
            && program == (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    }

    /// The texts in a file that ends each with a NUL.
    private static func list(_ path: String) -> [String] {
        guard let file = try? PrivateFile(path: path, limit: 1 << 20) else { return [] }
        return file.contents.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The settings files that the words of a command line name, seen from a folder.
    private static func settingsFiles(of words: [String], in folder: String) -> [String] {
        let flag = "--config"
        let paths = words.indices.compactMap { position -> String? in
            if words[position] == flag, position + 1 < words.count { return words[position + 1] }
            return words[position].hasPrefix("\(flag)=") ? String(words[position].dropFirst(flag.count + 1)) : nil
        }
        return paths.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    }

    /// The names in a settings file, also in one that is not understood.
    private static func inFile(_ path: String) -> [Entry] {
        guard let file = try? SettingsFile(path: path) else { return inBrokenFile(path) }
        return file.entries.flatMap { entry -> [Entry] in
            guard let setting = naming.first(where: { $0.setting.key == entry.key })?.setting else { return [] }
            return of(setting, entry.values.map(\.text))
        }
    }

    /// Those that the variables of an environment give, each as `NAME=value`.
    static func named(byVariables variables: [String]) -> [Entry] {
        variables.flatMap { variable -> [Entry] in
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2,
                let setting = naming.first(where: { $0.setting.environmentVariable == parts[0] })?.setting
            else { return [] }
            return of(setting, [String(parts[1])])
        }
    }

    /// Those that the words of a command line give.
    static func named(by words: [String]) -> [Entry] {
        words.indices.flatMap { position -> [Entry] in
            let word = words[position]
            for (setting, _) in naming {
                let flag = "--\(setting.key)"
                if word == flag, position + 1 < words.count { return of(setting, [words[position + 1]]) }
                if word.hasPrefix("\(flag)=") { return of(setting, [String(word.dropFirst(flag.count + 1))]) }
            }
            return []
        }
    }

    /// The people with an account on this host; one who is no person has a low number.
    static func ofUsers(_ path: String = "/etc/passwd") -> [Entry] {
        guard let file = try? PrivateFile(path: path, limit: 1 << 20) else { return [] }
        return String(decoding: file.contents, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 2, let number = UInt32(fields[2]), number >= 1_000, !nobodies.contains(number)
            else { return nil }
            return (String(fields[0]), "the name of a user")
        }
    }

    /// Whether a key is one of the settings that name something, as it should be written or nearly so.
    private static func isNaming(_ word: String) -> Bool {
        let keys = Setting.all.map(\.key)
        let key = keys.contains(word) ? word : NearestWord.of(word, among: keys)
        return naming.contains { $0.setting.key == key }
    }

    /// Who has no account at all, by 16 and by 32 bits.
    private static let nobodies: Set<UInt32> = [65_534, 65_535, .max - 1, .max]

    /// What may be a name in a settings file that is not understood: every word in the lines of the settings that name something, also
    /// where these are misspelt, and in items of lists.
    static func inBrokenFile(_ path: String) -> [Entry] {
        guard let file = try? PrivateFile(path: path, limit: 1 << 20) else { return [] }
        let lines = String(decoding: file.contents, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" }
        return lines.flatMap { line -> [Entry] in
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_") }
                .filter { $0 != "-" }
            let isItem = line.drop { $0 == " " }.hasPrefix("-")
            guard isItem || words.first.map({ isNaming(String($0)) }) == true else { return [] }
            return words.dropFirst(isItem ? 0 : 1).map {
                (String($0), "a word in a settings file that is not understood")
            }
        }
    }

    private static let naming: [(setting: Setting, meaning: String)] = [
        (.server, "the name of the server"), (.clientIdentifier, "the client identifier"),
        (.managedNetwork, "the domain of a network"), (.user, "the name of a user"),
        (.controlGroup, "the name of a group"),
    ]
}
