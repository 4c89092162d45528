import ArgumentParser
import Testing

@testable import teredo

/// A command with the words that call it.
struct HelpedCommand: CustomTestStringConvertible, Sendable {
    let name: String
    let type: any ParsableCommand.Type

    var testDescription: String { name }

    /// The program and all of its commands.
    static let all = below("teredo", Teredo.self)

    private static func below(_ name: String, _ type: any ParsableCommand.Type) -> [Self] {
        [Self(name: name, type: type)]
            + type.configuration.subcommands.flatMap { below("\(name) \($0.configuration.commandName ?? "?")", $0) }
    }

    /// The help on a terminal of this many columns.
    func lines(columns: Int) -> [String] {
        Teredo.helpMessage(for: type, columns: columns).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// The lines of the discussion as they were written.
    var discussion: [String] {
        type.configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

@Suite("Help texts")
struct HelpTextTests {
    @Test("fit 80 columns", arguments: HelpedCommand.all)
    func width(command: HelpedCommand) {
        for line in command.lines(columns: 80) {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test("have examples that are indented, and stand on lines of their own", arguments: HelpedCommand.all)
    func examples(command: HelpedCommand) {
        let shown = Set(command.lines(columns: 80))
        let indented = command.discussion.filter { $0.hasPrefix("  ") }
        #expect(indented.contains { $0.contains("\(command.name) ") || $0.hasSuffix(command.name) }, "there is none")
        for line in indented {
            #expect(shown.contains(line), "\(line)")
        }
        let label = #/^[A-Z][^.:]*[:?] +(sudo )?teredo /#
        for line in command.discussion {
            #expect(line.firstMatch(of: label) == nil, "\(line)")
        }
    }

    @Test("all commands are looked at, those of config too")
    func complete() {
        let names = Set(HelpedCommand.all.map(\.name))
        #expect(names.isSuperset(of: ["teredo", "teredo client", "teredo config", "teredo config import-miredo"]))
        #expect(names.count > 24)
    }
}
