import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux

/// `teredo status`: what the running role does.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running roles do.",
        usage: "teredo status [<options>]",
        discussion: """
            Asks the roles that run on this host, through their control sockets in /run/teredo: state, address, who may \
            reach this host, how good the paths are, traffic, and what is wrong with what to do about it. Exit status: 0 \
            when every role has something to offer (a client is qualified, any other role runs), 3 when one runs and has \
            not (yet), or does not answer, 1 when none answers. JSON, the stable form for scripts, is one object; of several \
            roles one on a line for each, told apart by role and socket. Of a client it has role, state, address, server, \
            mappedEndpoint, localEndpoint, nat, interface, mtu, peers and counters; unknown values are null. \
            docs/control.md lists every key.

              At a glance:    teredo status
              Everything:     teredo status --all
              Live:           teredo status --watch
              What is that?   teredo status --explain rateLimited
              For scripts:    teredo status --json
              One of several: teredo status --control-socket /run/teredo/relay.sock
            """
    )

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Show all that the role reports, in the words of 'netsh interface teredo show state'.")
    var all = false

    @Flag(
        help: ArgumentHelp(
            "Monitor: rates, drops and peers, every second until 'q'; without a terminal report after report, with --json "
                + "a line for each role."
        )
    )
    var watch = false

    @Option(
        help: ArgumentHelp(
            "Print what a reason of drops, or a metric, means and what to do; 'all' prints all.",
            valueName: "reason|metric"
        )
    )
    var explain: String?

    func validate() throws {
        var unused = UnusedOptions()
        if explain != nil {
            unused.add([
                ("--control-socket", controlSocket != nil), ("--json", json), ("--all", all), ("--watch", watch),
            ])
            try unused.refuse(with: "--explain")
        }
        unused.add("--all", if: all && json)
        try unused.refuse(with: "--json, which has everything")
    }

    func run() throws {
        if let explain { return try Self.explain(explain) }
        let query = ControlQuery(controlSocketPath: controlSocket)
        if json {
            var isReady = true
            try repeated {
                let answers = try RoleAnswer.ask(query)
                for answer in answers {
                    StandardOutput.write(line: try JSONText.report(answer, isPretty: !watch && answers.count == 1))
                }
                isReady = answers.allSatisfy(\.isReady)
            }
            try Self.conclude(isReady)
        } else if watch, TerminalTraits.ofStandardOutput.isScreen {
            var monitor = StatusMonitor(query, showsAll: all)
            if let signal = try monitor.run() { throw ExitCode(128 + signal) }
        } else {
            var isReady = true
            try repeated {
                let overviews = try RoleOverviews.ask(query)
                StandardOutput.write(line: text(overviews) + (watch ? "\n" : ""))
                isReady = overviews.isReady
            }
            try Self.conclude(isReady)
        }
    }

    /// Once, or with --watch each second until that is interrupted.
    private func repeated(_ show: () throws -> Void) throws {
        try show()
        while watch, !StandardOutput.hasFailed {
            Pause.sleep(.seconds(1))
            try show()
        }
    }

    /// Status 3 tells scripts that a role has nothing to offer yet.
    private static func conclude(_ isReady: Bool) throws {
        guard isReady else { throw ExitCode(3) }
    }

    private func text(_ overviews: RoleOverviews) -> String {
        guard !all else { return overviews.wholeText }
        let traits = TerminalTraits.ofStandardOutput
        let layout = OverviewLayout(columns: traits.columns, rows: traits.rows, sign: traits.ellipsis)
        return overviews.lines(layout).map { $0.text(isColored: traits.isColored) }.joined(separator: "\n")
    }

    private static func explain(_ name: String) throws {
        if name == "all" { return StandardOutput.write(line: MetricsBook.document) }
        guard let page = MetricsBook.page(name) else {
            let meant = NearestWord.of(name, among: MetricsBook.names).map { "did you mean '\($0)'?" }
            throw ValidationError(
                "--explain: '\(name)' is neither a reason of drops nor a metric; \(meant ?? "'all' prints all there are")"
            )
        }
        StandardOutput.write(line: page)
    }
}
