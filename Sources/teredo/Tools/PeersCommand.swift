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
            bubble or test took, perhaps through a server one way. What the inbound filter refused comes last, \
            if there was anything; 'teredo status --json' has more of it. docs/control.md describes the JSON.

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
        let query = ControlQuery(controlSocketPath: controlSocket).pinned
        let list = try query.peers(limit: limit)
        if json { return StandardOutput.write(line: try JSONText.report(list, isPretty: true)) }
        StandardOutput.write(line: list.text)
        // Whoever was refused is no peer with a path, and still somebody who was here.
        guard let remark = try? query.status().inbound?.remark else { return }
        StandardOutput.write(line: WrappedText.lines(remark, first: "", rest: "  ").joined(separator: "\n"))
    }
}
