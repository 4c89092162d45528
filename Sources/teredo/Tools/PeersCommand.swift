import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux

/// `teredo peers`: whom the running client or relay talks to, and on which path.
struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Show whom the running client or relay talks to, and on which path.",
        discussion: """
            Paths: direct (straight to the other Teredo node), relay (to the relay of a native IPv6 host), transit (both \
            clients through a transit relay), contacting (under way), idle (silent for 30 s or not proved; the next \
            packet contacts it again). Proved peers come first, then the most recently used. RTT is what the last \
            bubble or test took, perhaps through a server one way. docs/control.md describes the JSON.

              At a glance:   teredo peers
              For scripts:   teredo peers --json --limit 256
            """
    )

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Option(help: "How many peers to list, from 1 to \(ControlParameter.peerLimits.upperBound).")
    var limit = ControlParameter.usualPeerLimit

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let range = ControlParameter.peerLimits
        guard range.contains(limit) else {
            throw ValidationError("--limit \(limit): give a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    func run() throws {
        let list = try ControlQuery(controlSocketPath: controlSocket).peers(limit: limit)
        StandardOutput.write(line: json ? try JSONText.report(list, isPretty: true) : list.text)
    }
}
