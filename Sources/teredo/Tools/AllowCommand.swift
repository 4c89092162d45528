import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux

/// `teredo allow`: lets traffic in while a role runs.
struct AllowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow",
        abstract: "Let traffic in through the tunnel of the running role.",
        discussion: """
            Holds at once and until the role ends; 'allow' in the settings file lasts longer (docs/inbound.md). Needs root, \
            or the user that the role runs as.

              A port:          sudo teredo allow tcp/22
              From a network:  sudo teredo allow 'tcp/22 from 2001:db8::/32'
              Ports:           sudo teredo allow udp/6000-6010
              Take it back:    sudo teredo deny tcp/22
            """
    )

    @OptionGroup var arguments: InboundArguments

    func run() throws { try arguments.run { .allow($0) } }
}
