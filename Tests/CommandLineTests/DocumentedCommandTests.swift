import ArgumentParser
import Foundation
import Testing

@testable import TeredoSettings
@testable import teredo

/// What the documents tell people to type is what the program takes.
@Suite("Command lines in README.md and docs")
struct DocumentedCommandTests {
    /// Commands of other programs that the tests do not run, and why; those of the five minutes of README.md are run by
    /// the system tests.
    private static let others = [
        "apt": "installs a package, which scripts/try-package does in a root of its own",
        "install": "writes outside of the project",
        "tee": "only takes what teredo prints",
        "echo": "only gives a request to socat",
        "socat": "a tool to try the control socket by hand, which the tests reach by themselves",
        "sysctl":
            "run for a LAN behind one client, but for the second one of docs/gateway.md, which needs a router",
        "nft": "run for a LAN behind one client, and to look at the inbound filter",
        "ip": "run for a LAN behind one client",
        "ping": "run by the five minutes",
        "ufw": "a firewall program of its own that is not installed; a test knows the words",
        "ssh": "run by the guide for a friend, with a stand-in, and by ProxyTests through teredo connect",
        "curl": "ProxyTests runs it through the proxy, with an address of the lab",
        "printf": "only gives a request to teredo connect",
        "Web/.build/release/teredo-web": "run by scripts/try-web, in Chromium",
        "systemctl": "starts a service of the host; scripts/try-units starts the units in a root of its own",
        "swift": "what scripts/test does anyway, or takes minutes",
    ]

    @Test(
        "each line of a code block is taken by the argument parser of the program",
        arguments: DocumentedCommand.inBlocks
    )
    func blocks(line: DocumentedCommand) throws {
        try #require(!line.commands.isEmpty)
        for command in line.commands {
            guard let words = Self.ownWords(command) else {
                try Self.checkOther(command)
                continue
            }
            let complaint = try Self.complaint(about: words)
            #expect(complaint == nil, "\(line.testDescription)")
        }
    }

    @Test("each command and option that a sentence names is there", arguments: DocumentedCommand.inSentences)
    func sentences(line: DocumentedCommand) throws {
        for words in line.commands.compactMap(Self.ownWords) {
            let names = words.first?.split(separator: "|").map(String.init) ?? []
            for name in names where name.allSatisfy({ $0.isLowercase || $0 == "-" }) && !name.hasPrefix("-") {
                let found = Self.subcommands(of: Teredo.self).first { $0.name == name }
                let command = try #require(found, "\(name): \(line.testDescription)").type
                let nested = Self.subcommands(of: command)
                if let second = words.dropFirst().first, !nested.isEmpty,
                    second.allSatisfy({ $0.isLowercase || $0 == "-" })
                {
                    #expect(nested.contains { $0.name == second }, "\(second): \(line.testDescription)")
                }
                let help = Teredo.helpMessage(for: command, includeHidden: true, columns: 1000)
                for option in words where option.hasPrefix("--") && nested.isEmpty && option != "--" {
                    let flag = option.prefix { $0 != "=" }
                    #expect(help.contains(flag), "\(flag): \(line.testDescription)")
                }
            }
        }
    }

    @Test("the documents have command lines, and every exception is one of them")
    func complete() {
        let programs = Set(DocumentedCommand.inBlocks.flatMap(\.commands).compactMap(\.first))
        #expect(DocumentedCommand.inBlocks.count > 30 && DocumentedCommand.inSentences.count > 20)
        for exception in Self.others.keys.sorted() {
            #expect(programs.contains(exception), "\(exception) is in no document any more")
        }
    }

    @Test("commands are found in indented and in fenced blocks, and not in sentences")
    func blocksOfBothKinds() {
        let text = "teredo one\n```\nteredo two\n$ three\n```\nteredo four\n    sudo teredo five\n    six\n"
        #expect(DocumentedCommand.inBlocks(of: text).map(\.text) == ["teredo two", "three", "sudo teredo five"])
        #expect(DocumentedCommand.inBlocks(of: text).map(\.line) == [3, 4, 7])
    }

    @Test(
        "a line that the program does not take fails",
        arguments: [
            "teredo client --server 192.0.2.1 --no-such-option", "teredo nonsense", "sudo teredo gateway",
            "teredo config sample king", "teredo status | teredo colour",
        ]
    )
    func wrongLines(text: String) throws {
        let line = DocumentedCommand(document: "none", line: 1, text: text)
        let complaints = try line.commands.compactMap(Self.ownWords).compactMap { try Self.complaint(about: $0) }
        #expect(complaints.count == 1, "\(complaints)")
    }

    /// The arguments of a call of this program, however it is called.
    private static func ownWords(_ command: [String]) -> [String]? {
        if command.first == "teredo" { return Array(command.dropFirst()) }
        guard command.starts(with: ["swift", "run"]), let name = command.firstIndex(of: "teredo") else { return nil }
        return Array(command[(name + 1)...])
    }

    private static func checkOther(_ command: [String]) throws {
        let program = try #require(command.first)
        if program.hasPrefix("scripts/") {
            let path = DocumentedCommand.root.appendingPathComponent(program).path
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(program)")
        } else {
            #expect(others[program] != nil, "\(program): run it in a test, or say in the table why none does")
        }
    }

    /// What the program says against its arguments; `nil` when it takes them.
    ///
    /// A settings file that is named is taken for the sample of its role.
    private static func complaint(about words: [String]) throws -> String? {
        var words = words
        var path: String?
        defer { path.map { try? FileManager.default.removeItem(atPath: $0) } }
        if let role = words.first.flatMap(Role.init(rawValue:)), let option = words.firstIndex(of: "--config") {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml").path
            try Data(role.sampleFile.utf8).write(to: URL(fileURLWithPath: file))
            words[option + 1] = file
            path = file
        }
        do {
            let settings = try RoleArguments.settings(for: words)
            _ = try Teredo.parseAsRoot(RoleArguments.merged(words, settings))
            return nil
        } catch {
            return Teredo.exitCode(for: error) == .success ? nil : "\(error)"
        }
    }

    private static func subcommands(
        of command: any ParsableCommand.Type
    ) -> [(name: String, type: any ParsableCommand.Type)] {
        command.configuration.subcommands.map { ($0.configuration.commandName ?? "", $0) }
    }
}
