import ArgumentParser
import TeredoHost
import TeredoSettings

/// Options that take one value and are there several times: the parser would take the last, and forget the others.
///
/// Flags without a value may be repeated, and one with `no-` takes back what the command line begins with.
enum RepeatedOption {
    /// Throws for the first option in a command line that is there again although it takes one value.
    static func refuse(in commandLine: [String]) throws {
        // What follows a terminator belongs to another program.
        let words = commandLine.prefix { $0 != "--" }
        // To ask the parser for its options takes a moment.
        guard words.count(where: { $0.hasPrefix("-") }) > 1 else { return }
        let (command, rest) = CommandTree.command(of: Array(words))
        try refuse(in: rest, of: try CommandTree.of(command))
    }

    private static func refuse(in words: ArraySlice<String>, of command: CommandTree) throws(ConfigurationError) {
        var words = words
        var values: [String: String] = [:]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), let option = command.singleOption(command.name(of: word)) else { continue }
            let value: String
            if let joined = command.joinedValue(of: word) {
                value = joined
            } else if let next = words.popFirst() {
                value = next
            } else {
                return
            }
            guard let first = values.updateValue(value, forKey: option) else { continue }
            let both = first == value ? "with '\(value)'" : "'\(first)' and '\(value)'"
            throw ConfigurationError(option, "is there twice, \(both); give it once")
        }
    }
}
