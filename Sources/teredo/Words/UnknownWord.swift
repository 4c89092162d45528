import ArgumentParser
import TeredoHost

/// A command or an option that the program does not have, and the one that was meant.
///
/// The parser of arguments complains about what it misses before it looks at what is left over: a misspelt `--server` is a
/// missing one to it.
struct UnknownWord: Hashable, CustomStringConvertible {
    /// What is wrong, and what was meant if that can be guessed.
    let message: String
    /// The command whose help lists what there is, such as `teredo config`.
    let command: String

    /// Two lines for standard error.
    var description: String { "Error: \(message)\n  See '\(command) --help' for more information." }

    /// Looks for the first word of a command line that `program` does not know; `nil` when it knows all commands and options.
    init?(in commandLine: [String], of program: CommandTree) {
        // What follows a terminator belongs to another program.
        var words = commandLine.prefix { $0 != "--" }[...]
        guard words.first?.hasPrefix("---") != true else { return nil }
        var path = [program]
        if words.first == Self.help {
            words = words.dropFirst()
            // The parser ignores the rest of the words.
            while let word = words.popFirst(), let command = path.last {
                if word.hasPrefix("-") { return nil }
                guard let next = command.subcommand(word) else {
                    self.init(command: word, path: path)
                    return
                }
                path.append(next)
            }
            return nil
        }
        while let word = words.popFirst() {
            let command = path[path.count - 1]
            if word.hasPrefix("-"), word != "-" {
                let option = command.name(of: word)
                guard Self.parserOptions.isDisjoint(with: [option]) else { return nil }
                guard command.options.contains(option) else {
                    self.init(option: option, path: path)
                    return
                }
                let isComplete = !command.takesValue(option) || word.count > option.count
                if !isComplete, let value = words.first, !value.hasPrefix("-") || Self.isNumber(value) {
                    words = words.dropFirst()
                }
            } else if let subcommands = command.subcommands, !subcommands.isEmpty {
                guard let next = command.subcommand(word) else {
                    self.init(command: word, path: path)
                    return
                }
                path.append(next)
            }
        }
        return nil
    }

    /// Whether a command line begins with commands that there are; told without options, which takes longer.
    static func areKnown(commands commandLine: [String]) -> Bool {
        var known = Teredo.configuration.subcommands
        for word in commandLine where !known.isEmpty && !word.hasPrefix("-") {
            guard let next = known.first(where: { $0.configuration.commandName == word }) else { return false }
            known = next.configuration.subcommands
        }
        return true
    }

    /// Whether the command that a command line begins with has all of its options; told by that command alone.
    static func areKnown(optionsOf commandLine: [String]) throws(ServiceError) -> Bool {
        let (command, rest) = CommandTree.command(of: commandLine)
        return Self(in: Array(rest), of: try CommandTree.of(command)) == nil
    }

    private init(command word: String, path: [CommandTree]) {
        let names = path.map(\.commandName)
        command = names.joined(separator: " ")
        let here = path[path.count - 1].subcommands ?? []
        let meant = Self.nearest(to: word, among: here.map(\.commandName)) ?? Self.elsewhere(word, path[0])
        let guess = meant.map { "; did you mean '\($0)'?" } ?? ""
        message = "'\(command)' has no command '\(word)'\(guess)"
    }

    private init(option: String, path: [CommandTree]) {
        command = path.map(\.commandName).joined(separator: " ")
        var parts = ["'\(command)' has no option '\(option)'"]
        let here = path[path.count - 1].options
        let owners = Self.owners(of: option, below: path[0], as: path[0].commandName)
        if here.contains("-" + option) {
            parts.append("did you mean '-\(option)'?")
        } else if !owners.isEmpty {
            parts.append("it belongs to \(Self.list(owners))")
        } else if let meant = Self.nearest(
            to: Self.bare(option),
            among: here.filter { $0.hasPrefix("--") }.map(Self.bare)
        ) {
            parts.append("did you mean '--\(meant)'?")
        }
        message = parts.joined(separator: "; ")
    }

    private static func bare(_ option: String) -> String { String(option.drop { $0 == "-" }) }

    private static func isNumber(_ word: String) -> Bool { word.dropFirst().first?.isNumber == true }

    /// The word that takes few changes, or the only one that begins so.
    private static func nearest(to word: String, among words: [String]) -> String? {
        if let near = NearestWord.of(word, among: words) { return near }
        let longer = words.filter { $0.hasPrefix(word) }
        return word.count > 2 && longer.count == 1 ? longer[0] : nil
    }

    /// The place of a command that is one level further down.
    private static func elsewhere(_ word: String, _ program: CommandTree) -> String? {
        let parent = program.subcommands?.first { $0.subcommand(word) != nil }
        return parent.map { "\(program.commandName) \($0.commandName) \(word)" }
    }

    /// The commands that have an option, in the order of the help.
    private static func owners(of option: String, below command: CommandTree, as name: String) -> [String] {
        (command.subcommands ?? []).flatMap { next -> [String] in
            let path = "\(name) \(next.commandName)"
            return (next.options.contains(option) ? [path] : []) + owners(of: option, below: next, as: path)
        }
    }

    private static func list(_ commands: [String]) -> String {
        let shown = commands.prefix(most).map { "'\($0)'" }
        guard commands.count <= most else { return shown.joined(separator: ", ") + " and others" }
        guard let last = shown.last, shown.count > 1 else { return shown.joined() }
        return shown.dropLast().joined(separator: ", ") + " and \(last)"
    }

    /// The most commands that are named.
    private static let most = 3
    /// The parser has a command of its own.
    private static let help = "help"
    /// The parser has options that it does not list.
    private static let parserOptions: Set = [
        "--generate-completion-script", "--experimental-dump-help", "--help-hidden", "-help", "--version",
    ]
}
