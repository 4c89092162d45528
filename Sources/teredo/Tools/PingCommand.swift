import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoWire

/// `teredo ping`: whether an address answers, how fast, and on which path.
struct PingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Ping an IPv6 address and show the path: direct, through a relay, through a transit relay.",
        usage: "teredo ping [<options>] <address|name>",
        discussion: """
            Has the running client or relay send ICMPv6 echo requests, shows which path the packets take, and says \
            when that changes, for example from a transit relay to the direct path. Sends them itself, like ping(8), \
            when no role runs or can do it, or when more than eight requests would wait for an answer at once, or \
            one for more than 10 s. Goes on until Control-C, or until --count requests are answered or given up. \
            Where a path had to be found first, the summary says what that cost.

            Exit status: 0 when at least one answer came, 1 when none did, 2 when no request could be made.

              Until Control-C: sudo teredo ping 2001:0:c000:201:2cad:efff:39cc:9bf8
              Ten requests:    sudo teredo ping --count 10 --interval 0.2 2001:db8::1
              By name:         sudo teredo ping friend.example.org
              For scripts:     sudo teredo ping --count 3 --json 2001:db8::1
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The IPv6 address, or a name; of several addresses a Teredo address is taken.",
            valueName: "address|name"
        ),
        transform: OptionValue.hostAddress
    )
    var host: HostAddress

    @Option(name: [.customShort("c", allowingJoined: true), .long], help: "Stop after this many requests.")
    var count: Int?

    @Option(
        name: [.customShort("i", allowingJoined: true), .long],
        help: ArgumentHelp("The pause between requests, 0.01 to 3600.", valueName: "seconds")
    )
    var interval = 1.0

    @Option(
        name: [.customShort("W", allowingJoined: true), .long],
        help: ArgumentHelp("After how long a request counts as unanswered, 0.1 to 60.", valueName: "seconds")
    )
    var timeout = 2.0

    @Option(
        help: ArgumentHelp("The control socket of the role (default: those in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    func validate() throws {
        if let address = host.literal, let obstacle = PingTarget.obstacle(address) {
            throw ValidationError("\(address) \(obstacle)")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count \(count ?? 0): give a number from 1 on") }
        guard (0.01...3600).contains(interval) else {
            throw ValidationError("--interval \(interval): give seconds from 0.01 to 3600")
        }
        guard (0.1...60).contains(timeout) else {
            throw ValidationError("--timeout \(timeout): give seconds from 0.1 to 60")
        }
    }

    func run() throws {
        let address = try resolve()
        var ping = Ping(address: address)
        ping.count = count
        ping.interval = .seconds(interval)
        ping.patience = .seconds(timeout)
        Interruption.watch()
        let query = ControlQuery(controlSocketPath: controlSocket)
        if !json {
            let target = host.literal == nil ? "\(host.text) (\(address))" : "\(address)"
            StandardOutput.write(line: "PING \(target): \(EchoSocket.length) octets of ICMPv6")
        }
        let summary: PingSummary
        do {
            if let remark = PingTarget.remark(address) { StandardStream.error.write(line: remark) }
            warn(address, query)
            summary = try ping.run(
                roles: query.paths,
                path: { Self.path(to: address, query) },
                isInterrupted: { Interruption.isRequested || StandardOutput.hasFailed },
                report: { event in write(event, event.text("\(address)")) }
            )
        } catch {
            StandardStream.error.write(line: "Error: \(error)")
            throw ExitCode(2)
        }
        write(summary, summary.text("\(address)"))
        guard summary.received > 0 else { throw ExitCode(1) }
    }

    private func resolve() throws -> IPv6Address {
        do { return try host.resolve() } catch {
            StandardStream.error.write(line: "Error: \(error)")
            throw ExitCode(2)
        }
    }

    /// Says once why paths cannot be told.
    private func warn(_ address: IPv6Address, _ query: ControlQuery) {
        do { _ = try query.peer(address) } catch {
            StandardStream.error.write(line: "The path is not known: \(error)")
        }
    }

    private static func path(to address: IPv6Address, _ query: ControlQuery) -> PingPath {
        do { return try query.peer(address).map { PingPath($0) } ?? .none } catch { return .unknown }
    }

    private func write(_ value: some Encodable, _ text: String) {
        // What was just made of numbers and words can be written.
        let line = json ? (try? JSONText.report(value, isPretty: false)) ?? "" : text
        StandardOutput.write(line: line)
    }
}
