import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux

/// `teredo deny`: takes back what was allowed.
struct DenyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny",
        abstract: "Take back what may come in through the tunnel of the running role.",
        discussion: """
            Takes back what 'teredo allow' or 'allow' in the settings let in, by the same words; connections that exist go \
            on. Holds at once and until the role ends. Needs root, or the user that the role runs as.

              Usual:  sudo teredo deny tcp/22
              Which?  teredo status
            """
    )

    @OptionGroup var arguments: InboundArguments

    func run() throws { try arguments.run { .deny($0) } }
}
