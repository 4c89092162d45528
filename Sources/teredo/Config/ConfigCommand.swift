import ArgumentParser
package import TeredoSettings

/// `teredo config`: works with settings files.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Work with settings files: make one, check it, show what applies.",
        discussion: """
            Every role reads its settings from flags, from the environment and from a YAML file given with --config; \
            flags override the environment, which overrides the file. None of this uses the network.

              Begin a file:  teredo config sample client > /etc/teredo/client.yaml
              Is it right?   teredo config check /etc/teredo/client.yaml
              What applies?  teredo config show client --config /etc/teredo/client.yaml
              From Miredo:   teredo config import-miredo /etc/miredo/miredo.conf
            """,
        subcommands: [
            ConfigSampleCommand.self, ConfigCheckCommand.self, ConfigShowCommand.self, ConfigImportMiredoCommand.self,
        ]
    )
}

extension Role: ExpressibleByArgument {}
