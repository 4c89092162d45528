import ArgumentParser
import TeredoHost

/// What the argument parser knows: a command with its options and its subcommands, as `--experimental-dump-help` tells them.
struct CommandTree: Decodable {
    /// The name, such as `config`.
    let commandName: String
    /// The commands below it; none for most.
    let subcommands: [CommandTree]?
    private let arguments: [Argument]?

    private struct Argument: Decodable {
        let kind: String
        let names: [Name]?
        let isRepeating: Bool
    }

    private struct Name: Decodable {
        let kind: String
        let name: String

        /// The name with its dashes.
        var word: String { (kind == "long" ? "--" : "-") + name }
    }

    private struct Dump: Decodable {
        let command: CommandTree
    }

    /// The tree of the whole program.
    static func ofProgram() throws(ServiceError) -> CommandTree {
        try JSONText.decode(Dump.self, from: Teredo._dumpHelp()).command
    }

    /// One command without those below it, which takes a fraction of the time.
    static func of(_ command: any ParsableCommand.Type) throws(ServiceError) -> CommandTree {
        let tree = try JSONText.decode(Dump.self, from: command._dumpHelp()).command
        return CommandTree(commandName: tree.commandName, subcommands: nil, arguments: tree.arguments)
    }

    /// The command that a command line begins with, and the words behind it.
    static func command(of commandLine: [String]) -> (command: any ParsableCommand.Type, words: ArraySlice<String>) {
        var command: any ParsableCommand.Type = Teredo.self
        var rest = commandLine[...]
        while let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == rest.first })
        {
            command = next
            rest = rest.dropFirst()
        }
        return (command, rest)
    }

    /// The command of this name directly below.
    func subcommand(_ name: String) -> CommandTree? { subcommands?.first { $0.commandName == name } }

    /// All options with their dashes, such as `--json` and `-h`.
    var options: [String] { named.flatMap { $0.names ?? [] }.map(\.word) }

    /// Whether a value follows this option.
    func takesValue(_ option: String) -> Bool {
        named.contains { $0.kind == "option" && ($0.names ?? []).contains { $0.word == option } }
    }

    /// The longest name, with its dashes, of an option that takes one value; `nil` for all others.
    func singleOption(_ option: String) -> String? {
        let argument = named.first { ($0.names ?? []).contains { $0.word == option } }
        guard let argument, argument.kind == "option", !argument.isRepeating else { return nil }
        return (argument.names ?? []).map(\.word).max { $0.count < $1.count }
    }

    /// The value that is joined to the option in a word; `nil` where it follows.
    func joinedValue(of word: String) -> String? {
        let rest = word.dropFirst(name(of: word).count)
        return rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest)
    }

    /// The option in a word, without a value that is joined to it.
    func name(of word: String) -> String {
        let name = String(word.prefix { $0 != "=" })
        let letter = String(word.prefix(2))
        // Who writes a long name with one dash means no letter.
        let isLetter = !name.hasPrefix("--") && options.contains(letter) && !options.contains("-\(name)")
        return isLetter ? letter : name
    }

    private var named: [Argument] { (arguments ?? []).filter { $0.kind != "positional" } }
}
