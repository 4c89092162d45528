import ArgumentParser
import TeredoHost
import TeredoLab
import TeredoLinux
import TeredoService
import TeredoSettings

/// The `teredo` command: one program for every role of a Teredo network.
@main
struct Teredo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teredo",
        abstract: "IPv6 through IPv4 NATs: Teredo client, server and relay (RFC 4380, RFC 5991).",
        discussion: """
            A Teredo client behind a NAT gets a global IPv6 address with the help of a server, and reaches the IPv6 \
            Internet through relays and other clients directly.

              Get an address:         sudo teredo client --server teredo.example.org
              For one command:        teredo run --server teredo.example.org -- bash
              Serve others:           sudo teredo gateway --address 192.0.2.1
              In a container:         teredo proxy --server teredo.example.org
              What NAT is there?      teredo check --server teredo.example.org
              See what it does:       teredo status
              Whom it talks to:       teredo peers
              For monitoring:         teredo metrics
              Is it ready?            teredo wait --timeout 30
              Which path is it?       teredo ping ADDRESS
              What is my address?     teredo address
              Let SSH in:             sudo teredo allow tcp/22
              Settings in a file:     teredo config sample client
              Before maintenance:     sudo teredo drain
              See it all at work:     teredo lab
              What can it carry?      sudo teredo load
              Understand an address:  teredo address 2001:0:c000:201:2cad:d8ef:39cd:9ae8
            """,
        version: ProgramVersion.full,
        subcommands: [
            ClientCommand.self, RunCommand.self, ServerCommand.self, RelayCommand.self, HostRelayCommand.self,
            AutoCommand.self, GatewayCommand.self, ProxyCommand.self, ConnectCommand.self, CheckCommand.self,
            StatusCommand.self, PeersCommand.self,
            MetricsCommand.self, WaitCommand.self, PingCommand.self, AllowCommand.self, DenyCommand.self,
            SetCommand.self, ReloadCommand.self, DrainCommand.self, BirdConfigCommand.self, ConfigCommand.self,
            AddressCommand.self, LabCommand.self, LoadCommand.self, BugReportCommand.self, CaptureCommand.self,
            ExplainCommand.self,
        ]
    )

    /// Runs the command; a role also with the settings of its file and of the environment.
    static func main() {
        let commandLine = Array(CommandLine.arguments.dropFirst())
        StandardOutput.guardToTheEnd()
        StartSignals.prepare(isRole: commandLine.first.flatMap(RoleArguments.role(of:)) != nil)
        guard !ProcessPrivileges.areBorrowed else { exitForBorrowedPrivileges() }
        // Not a command: a role or a lab started this process, which needs no more of the program than this.
        if commandLine.first == HookService.word {
            exit(withError: ExitCode(HookService.main(Array(commandLine.dropFirst()))))
        }
        if commandLine.first == AnnouncementService.word {
            exit(withError: ExitCode(AnnouncementService.main(Array(commandLine.dropFirst()))))
        }
        if commandLine.first == HostService.word {
            exit(withError: ExitCode(HostService.main(Array(commandLine.dropFirst()))))
        }
        if commandLine.first == FleetTraffic.word {
            exit(withError: ExitCode(FleetTraffic.main(Array(commandLine.dropFirst()))))
        }
        ProcessPrivileges.usePermitted()
        var settings: EffectiveSettings?
        do {
            if let subject = StartWords.undecodable(variables: Setting.environmentPrefix) {
                throw ConfigurationError(subject, "is not UTF-8 text")
            }
            if !UnknownWord.areKnown(commands: commandLine) { try exitForUnknownWord(in: commandLine) }
            try RepeatedOption.refuse(in: commandLine)
            settings = try RoleArguments.settings(for: commandLine)
            var command = try parse(RoleArguments.merged(commandLine, settings), for: commandLine)
            if let settings { try IdleFlags.refuse(in: commandLine.prefix { $0 != "--" }, settings) }
            do {
                if let role = command as? any RoleCommand, let settings {
                    try role.run(RoleStart(commandLine: commandLine, settings: settings))
                } else {
                    try command.run()
                }
            } catch let error as ValidationError {
                // Found out too late for the parser to know which command it was.
                let name = type(of: command).configuration.commandName ?? ""
                StandardStream.error.write(
                    line: "Error: \(error.message)\n  See 'teredo \(name) --help' for more information."
                )
                exit(withError: ExitCode.validationFailure)
            }
        } catch let error as ConfigurationError {
            RoleArguments.exitForMisuse(error)
        } catch {
            if let blamed = settings?.blame(message(for: error)) { RoleArguments.exitForMisuse(blamed) }
            exit(withError: error)
        }
    }
    /// Reads the arguments; where the parser refuses them for a word that it does not know, that is told instead.
    private static func parse(_ arguments: [String], for commandLine: [String]) throws -> any ParsableCommand {
        do {
            return try parseAsRoot(arguments)
        } catch {
            if exitCode(for: error) == .validationFailure, try !UnknownWord.areKnown(optionsOf: commandLine) {
                try exitForUnknownWord(in: commandLine)
            }
            throw error
        }
    }

    /// Ends the program: whoever may start it would have the files and programs of its owner, chosen by options and variables.
    private static func exitForBorrowedPrivileges() -> Never {
        StandardStream.error.write(
            line: "Error: the set-user-ID or set-group-ID bit of this program gives its owner's rights to everybody\n"
                + "  take the bit off (chmod ug-s), and give what is needed: sudo setcap cap_net_admin+ep (docs/privileges.md)"
        )
        exit(withError: ExitCode.failure)
    }

    /// Ends the program, as for any misuse, if the command line has a word that it does not know.
    private static func exitForUnknownWord(in commandLine: [String]) throws {
        guard let unknown = UnknownWord(in: commandLine, of: try CommandTree.ofProgram()) else { return }
        StandardStream.error.write(line: unknown.description)
        exit(withError: ExitCode.validationFailure)
    }
}
