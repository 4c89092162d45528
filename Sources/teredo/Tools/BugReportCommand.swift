import ArgumentParser
import TeredoDiagnosis
import TeredoHost
import TeredoLinux

/// `teredo bugreport`: what a maintainer needs, with addresses masked.
struct BugReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bugreport",
        abstract: "Collect what a maintainer needs to know, with addresses and names masked.",
        usage: "teredo bugreport [<options>]",
        discussion: """
            Prints one text: version, kernel, addresses and routes, the status and the peers of every running role, \
            the settings with where each came from, and the last lines of the log. Every address, the names of host, \
            user and server and the client identifier are masked, each always by the same mask, so that the report \
            still shows what belongs together; secrets are never read. Nothing is changed, and nothing is sent anywhere.

              Usual:                  sudo teredo bugreport > report.txt
              Log not in the journal: sudo teredo bugreport --log-file teredo.log
            """
    )

    @Option(
        help: ArgumentHelp("The control socket of a role (default: all in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Option(help: ArgumentHelp("A settings file (default: those in /etc/teredo).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The file that holds the log (default: the system journal).", valueName: "file"))
    var logFile: String?

    @Option(help: ArgumentHelp("How many of the last lines of the log to take, 0 to 1000.", valueName: "count"))
    var lines = 200

    @Flag(help: "Print JSON: a list of sections with title and text.")
    var json = false

    func validate() throws {
        guard (0...1000).contains(lines) else {
            throw ValidationError("--lines \(lines): give a number from 0 to 1000")
        }
    }

    func run() throws {
        var sources = BugReportSources()
        sources.controlSocketPath = controlSocket
        sources.settingsPath = config
        sources.logPath = logFile
        sources.logLines = lines
        let report = sources.report()
        StandardOutput.write(line: json ? try JSONText.report(report, isPretty: true) : report.text)
    }
}
