import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings

/// What `teredo allow` and `teredo deny` take.
struct InboundArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Traffic: tcp/22, udp/6000-6010, all; 'tcp/22 from 2001:db8::/32' for some senders.",
            valueName: "rule"
        ),
        transform: { try OptionValue.value($0, of: .allow) }
    )
    var rules: [InboundRule]

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Has the role make the changes, and prints what may come in then.
    func run(_ change: (InboundRule) -> InboundChange) throws {
        let query = ControlQuery(controlSocketPath: controlSocket)
        var status = InboundStatus(mode: .filtered)
        for rule in rules { status = try query.changeInbound(change(rule)) }
        StandardOutput.write(line: json ? try JSONText.report(status, isPretty: true) : status.text)
    }
}
