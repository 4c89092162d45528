import ArgumentParser
import TeredoChart
import TeredoDiagnosis
import TeredoExplanation
import TeredoHost
import TeredoLinux

/// `teredo explain`: what the packets of a capture mean.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain the Teredo packets of a capture file.",
        usage: "teredo explain [<options>] <file>",
        discussion: """
            Finds Teredo on any port by its contents, and says so where it is not sure. Each packet is told in a line: who \
            sent it to whom, what it is, what its elements and trailers mean, what it leads to, and which rule (docs/rules.txt) \
            it breaks. Then come the sequence chart, and who reached whom, how, and how long the first contact took. \
            Nothing is reassembled; fragments are named.

            Reads pcap and pcapng in either order of octets, with Ethernet, VLAN tags, Linux "any" (cooked), raw IP and \
            BSD loopback. A damaged file is explained up to where it is damaged. Exit status 1 means that it is damaged, or \
            that there is no Teredo in it. The chart is as wide as the terminal, or COLUMNS, or 80 columns, and of ASCII \
            where the locale has no UTF-8.

              The usual:       teredo explain teredo.pcapng
              One host:        teredo explain --filter 192.0.2.7 teredo.pcapng
              In short:        teredo explain --summary teredo.pcapng
              As a picture:    teredo explain --svg chart.svg teredo.pcapng
              Live:            sudo teredo capture - | teredo explain -
              For scripts:     teredo explain --json teredo.pcapng
            """
    )

    @Argument(help: ArgumentHelp("The capture file; '-' for standard input.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            "Only packets with this address, outside, inside or embedded; IPv4, IPv4:port or IPv6.",
            valueName: "address"
        ),
        transform: Self.address
    )
    var filter: ExplainedAddress?

    @Option(help: ArgumentHelp("Draw the chart into this file, too (SVG).", valueName: "file"))
    var svg: String?

    @Option(help: "The most rows of the chart, 0 to 10000.")
    var rows = 100

    @Flag(help: "Leave the lines of single packets out.")
    var summary = false

    @Flag(help: "Print a JSON object a line: each packet, then the summary (docs/schema/explain.json).")
    var json = false

    func validate() throws {
        guard (0...10_000).contains(rows) else {
            throw ValidationError("--rows \(rows): give a number from 0 to 10000")
        }
        guard svg == nil || rows > 0 else { throw ValidationError("--svg draws the chart, which --rows 0 leaves out") }
        guard svg != "-" else { throw ValidationError("--svg -: give a file; standard output has the text") }
    }

    func run() throws {
        Interruption.watch()
        var options = CaptureExplainer.Options()
        options.address = filter
        options.chartRows = rows
        let explanation = CaptureExplanation(of: file, options)
        let style = PageStyle.current
        let width = TerminalTraits.ofStandardOutput.rows == nil ? nil : style.width
        let text = ExplanationText(characters: style.characters, width: width)
        let outcome = try explanation.run { note in
            if !summary {
                let lines = json ? [try JSONText.encode(PacketRecord(note), isPretty: false)] : text.lines(note)
                for line in lines { StandardOutput.write(line: line) }
            }
            return !StandardOutput.hasFailed
        }
        let failure = outcome.error.map(explanation.failure)
        if let format = outcome.format { try conclude(outcome.summary, format, failure, text, style) }
        if let failure { throw failure }
        guard outcome.summary.counts.teredo > 0 else {
            throw ServiceError(
                "\(file == "-" ? "standard input" : file): no Teredo in \(outcome.summary.counts.all) packets",
                remedy: "capture where the datagrams of the client, server or relay pass, all UDP ports of it"
            )
        }
    }

    private func conclude(
        _ summary: CaptureSummary,
        _ format: String,
        _ failure: ServiceError?,
        _ text: ExplanationText,
        _ style: ChartStyle
    ) throws {
        if json {
            let record = SummaryRecord(summary, format: format, error: failure?.message)
            StandardOutput.write(line: try JSONText.encode(record, isPretty: false))
        } else {
            let chart = TextChart(summary.chart, style).lines
            var lines = self.summary || summary.counts.teredo == 0 ? [] : [""]
            if !chart.isEmpty { lines += chart + [""] }
            for line in lines + text.lines(summary, format: format) { StandardOutput.write(line: line) }
        }
        if let svg { try ChartFile.write([summary.chart], to: svg) }
    }

    private static func address(_ text: String) throws -> ExplainedAddress {
        guard let address = ExplainedAddress(text) else {
            throw ValidationError("'\(text)' is not an IPv4 address, an IPv4 address with a port, or an IPv6 address")
        }
        return address
    }
}
