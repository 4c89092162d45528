import TeredoHost

/// The report as people read it, at most 80 columns wide.
extension LoadReport {
    /// The whole report.
    package var text: String {
        """
        \(exchangeTable)

        \(processTable)

        \(notes.joined(separator: "\n"))
        """
    }

    private var exchangeTable: String {
        var table = TextTable(headings: Self.headings, rightAligned: Set(1...9))
        for exchange in exchanges where exchange.sent > 0 || exchange.wrong > 0 {
            let times = exchange.times
            table.append(
                [
                    exchange.name, "\(exchange.answered)", "\(exchange.lost)", "\(exchange.late)", "\(exchange.wrong)",
                    Decimals.text(exchange.answersPerSecond, digits: 0),
                ]
                    + [times.p50Milliseconds, times.p99Milliseconds, times.p999Milliseconds, times.longestMilliseconds]
                    .map(Self.milliseconds)
            )
        }
        return table.indentedText
    }

    private static let headings = [
        "", "answered", "lost", "late", "wrong", "/s", "p50 ms", "p99", "p99.9", "most",
    ]

    private var processTable: String {
        var table = TextTable(
            headings: ["resident memory", "before", "most", "after", "processor", "of one"],
            rightAligned: Set(1...5)
        )
        table.append(["clients"] + Self.cells(generator.process))
        for daemon in daemons { table.append([daemon.name] + Self.cells(daemon.process)) }
        return table.indentedText
    }

    private static func cells(_ process: LoadProcessReport) -> [String] {
        [process.residentBeforeOctets, process.residentMostOctets, process.residentAfterOctets].map { octets in
            octets.map(OctetText.short) ?? "-"
        } + [
            process.processorSeconds.map { "\(Decimals.text($0, digits: 1)) s" } ?? "-",
            process.processorsUsed.map { "\(Decimals.text($0 * 100, digits: 0)) %" } ?? "-",
        ]
    }

    private var notes: [String] {
        var lines = [
            "Clients: \(population.mostOnline) at once, \(population.arrivals) came, \(population.departures) left; "
                + "\(population.qualified) of \(population.online)",
            "  had an address at the end.",
            "A client takes \(generator.octetsPerClient) octets here, all together "
                + "\(OctetText.short(UInt64(generator.fixedOctets))) more.",
            "Sent \(Decimals.text(population.datagramsSentPerSecond, digits: 0)) and received "
                + "\(Decimals.text(population.packetsReceivedPerSecond, digits: 0)) packets a second after the warm-up of "
                + "\(Decimals.text(warmUpSeconds, digits: 0)) s.",
        ]
        if let late = lag.p99Milliseconds {
            lines.append("99 % left at most \(Decimals.text(late, digits: 1)) ms later than they were to.")
            // Half of what an answer is waited for.
            if late > 1000 {
                lines.append(
                    "The clients had too little of the processors: what is lost and how long it took is theirs."
                )
            }
        }
        if let drops = population.interfaceDrops, drops > 0 {
            lines.append("\(drops) packets were dropped before the clients could read them: these losses are ours.")
        }
        if population.failedQualifications > 0 {
            lines.append("\(population.failedQualifications) times three solicitations in a row had no answer.")
        }
        if population.failedTests > 0 {
            lines.append("\(population.failedTests) times three echo tests in a row had no answer.")
        }
        let strange = strays.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !strange.isEmpty { lines.append("No answers, but: \(strange.joined(separator: ", ")).") }
        if let trackedConnections { lines.append("The router followed \(trackedConnections) connections at most.") }
        lines.append("\(processors) processors, load average \(Decimals.text(loadAverage, digits: 1)); --seed \(seed).")
        lines.append(isSuccess ? "Every answer was right." : verdict)
        return lines
    }

    private var verdict: String {
        wrong > 0
            ? "FAILED: \(wrong) answers were wrong."
            : """
            FAILED: no client got an address. A server drops clients at addresses that are
              not public, as those of a load are, unless it runs with
              --internal-prefix 198.18.0.0/15; its 'teredo status' says what it dropped.
            """
    }

    private static func milliseconds(_ value: Double?) -> String {
        value.map { Decimals.text($0, digits: $0 < 10 ? 2 : $0 < 100 ? 1 : 0) } ?? "-"
    }
}
