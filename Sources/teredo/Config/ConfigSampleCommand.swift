import ArgumentParser
import TeredoLinux
import TeredoSettings

/// `teredo config sample`: a settings file with everything in it explained.
struct ConfigSampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Print a settings file with every setting explained.",
        discussion: """
              Begin a file: teredo config sample client > client.yaml
            """
    )

    @Argument(help: "The role: client, server, relay, host-relay, auto or gateway.")
    var role: Role

    func run() throws {
        StandardOutput.write(line: role.sampleFile)
    }
}
