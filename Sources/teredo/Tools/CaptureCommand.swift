import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoLinux

/// `teredo capture`: what the running role sends and receives, as a file for Wireshark.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Write what the running role sends and receives to a file for Wireshark.",
        usage: "teredo capture [<options>] <file>",
        discussion: """
            The file (pcapng) has two interfaces: 'inside', the IPv6 packets of the tunnel, and 'outside', the UDP \
            datagrams of the role's port that carry them, with one clock. The capture ends after --seconds, after \
            --megabytes, after --count packets, when the role ends, or with Control-C. It holds addresses and \
            contents: look through it before you pass it on. Packets that the system sends or receives in one piece \
            (offload) are in it in one piece, and those that XDP carries past it are not in it at all. An existing \
            file is replaced if it is your own. Needs the capability CAP_NET_RAW.

              Usual:         sudo teredo capture teredo.pcapng
              Headers only:  sudo teredo capture --snap-length 128 teredo.pcapng
              Live:          sudo teredo capture - | tshark -r - -d udp.port==3545,teredo
            """
    )

    @Argument(help: ArgumentHelp("The file to write; '-' for standard output.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Option(help: "The longest time in seconds, 1 to 86400.")
    var seconds = 60

    @Option(help: ArgumentHelp("The largest file in megabytes, 1 to 65536.", valueName: "count"))
    var megabytes = 64

    @Option(help: "End after this many packets (default: no limit).")
    var count: Int?

    @Option(help: ArgumentHelp("How many octets of each packet to keep, 64 to 65535.", valueName: "octets"))
    var snapLength = 65_535

    func validate() throws {
        for (option, value, range) in [
            ("--seconds", seconds, 1...86_400), ("--megabytes", megabytes, 1...65_536),
            ("--snap-length", snapLength, 64...65_535),
        ] where !range.contains(value) {
            throw ValidationError("\(option) \(value): give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count \(count ?? 0): give a number from 1 on") }
    }

    func run() throws {
        var capture = try PacketCapture(of: try ControlQuery(controlSocketPath: controlSocket).status())
        capture.timeLimit = .seconds(seconds)
        capture.limits.octets = megabytes << 20
        capture.limits.packets = count
        capture.limits.snapLength = snapLength
        let summary = try capture.run(to: file) { [description = capture.description] in
            StandardStream.error.write(line: "Capturing \(description); Control-C ends it.")
        }
        var line = "\(summary.inner) packets inside, \(summary.outer) outside"
        if summary.lost > 0 { line += "; \(summary.lost) packets of this machine came too fast to be captured" }
        switch summary.end {
        case .time, .interruption, .packets: break
        case .octets: line += "; ended early because the file is as large as --megabytes allows"
        case .interfaceGone: line += "; ended early because the interface of the role is gone"
        }
        StandardStream.error.write(line: line)
    }
}
