import FoundationEssentials
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

    /// Those on the command lines of this program that run now: not every role has a control socket that answers.
    static func ofRunningCommands(_ folder: String = "/proc") -> [Entry] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return processes.filter { UInt32($0) != nil }.flatMap { process -> [Entry] in
            guard let file = try? PrivateFile(path: "\(folder)/\(process)/cmdline", limit: 1 << 20) else { return [] }
            let words = file.contents.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard words.first?.split(separator: "/").last == "teredo" else { return [] }
            return named(by: words)
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
            guard fields.count > 2, let number = UInt32(fields[2]), (1_000..<65_534).contains(number) else {
                return nil
            }
            return (String(fields[0]), "the name of a user")
        }
    }

    /// What may be a name in a settings file that is not understood: every word in the lines of the settings that name something,
    /// and in items of lists.
    static func inBrokenFile(_ path: String) -> [Entry] {
        guard let file = try? PrivateFile(path: path, limit: 1 << 20) else { return [] }
        let lines = String(decoding: file.contents, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" }
        return lines.flatMap { line -> [Entry] in
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_") }
                .filter { $0 != "-" }
            let isItem = line.drop { $0 == " " }.hasPrefix("-")
            guard isItem || words.first.map({ word in naming.contains { $0.setting.key == word } }) == true else {
                return []
            }
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
