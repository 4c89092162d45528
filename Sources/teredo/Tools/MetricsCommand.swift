import ArgumentParser
import TeredoControl
import TeredoLinux

/// `teredo metrics`: what the running roles count and measure, for monitoring.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print what the running roles count and measure, for Prometheus.",
        discussion: """
            Asks all roles that run on this host, through their control sockets in /run/teredo, and prints their metrics in \
            the text format of Prometheus, as node_exporter reads it from a file. A role that has a socket and does not \
            answer is teredo_up 0, and named on standard error. Exit status 1 means that none runs, that none may be \
            asked, or that not all could be written. docs/metrics.md says what each metric means, as does 'teredo status \
            --explain'; packaging/prometheus has alerts and a dashboard.

              Have a look:       teredo metrics
              node_exporter:     teredo metrics > new && mv new teredo.prom
              What is that?      teredo status --explain teredo_lost_total
            """
    )

    @Option(
        help: ArgumentHelp(
            "The control socket of the only role to ask (default: all in /run/teredo).",
            valueName: "path"
        )
    )
    var controlSocket: String?

    func run() throws {
        let collection = try ControlQuery(controlSocketPath: controlSocket).metrics()
        for failure in collection.failures { StandardStream.error.write(line: "Warning: \(failure)") }
        // The line that is written has a newline of its own.
        StandardOutput.write(line: String(collection.text.dropLast()))
    }
}
