import TeredoHost

/// The report as people read it, at most 80 columns wide.
extension FleetReport {
    /// All of it.
    package var text: String {
        ([eventTable, flowTable].map(\.indentedText) + [remarks.joined(separator: "\n")]).joined(separator: "\n\n")
    }

    private var eventTable: TextTable {
        var table = TextTable(
            headings: ["longest gap, ms", "gone", "ping", "TCP", "limit", "contact", "load", "seen", "result"],
            rightAligned: Set(1...6)
        )
        for event in events {
            table.append([
                event.event.phrase(event.member), Self.number(event.withdrawnMilliseconds),
                Self.number(event.longest(FleetFlow.Kind.ping.rawValue)),
                Self.number(event.longest(FleetFlow.Kind.tcp.rawValue)), Self.number(event.limitMilliseconds),
                Self.number(event.contacts.compactMap(\.milliseconds).max()), "\(event.loadLost)",
                event.seen.letters, event.isSuccess ? "ok" : "FAILED",
            ])
        }
        return table
    }

    private var flowTable: TextTable {
        var table = TextTable(
            headings: ["flow", "quiet"] + events.map(\.event.heading),
            rightAligned: Set(1..<(2 + events.count))
        )
        for gap in quiet {
            let cells = events.map { event in
                let found = event.gaps.first { $0.flow == gap.flow && $0.kind == gap.kind }
                return found?.isEstablished == false ? "broke" : Self.number(found?.longestMilliseconds)
            }
            let mark = gap.isForeign ? "*" : ""
            table.append(
                ["\(gap.kind) \(gap.flow.replacing(" > ", with: ">"))\(mark)", Self.number(gap.longestMilliseconds)]
                    + cells
            )
        }
        return table
    }

    private var remarks: [String] {
        var lines = [
            "gone: until the router leads nobody there any more. limit: a bubble exchange, of",
            "which one packet may be lost (\(Int(exchangeMilliseconds)) ms), and the hold time; for TCP twice that.",
            "contact: the slowest of a new native host, a new client and one to a new host.",
            "load: what \(FleetLoad.clients) clients of 'teredo load' missed. seen in: Status, Log, Metrics.",
            "Flows come every \(FleetFlow.pace) ms; their longest gaps above are in milliseconds.",
        ]
        if quiet.contains(where: \.isForeign) {
            lines.append("* Miredo's: told, and not judged.")
        }
        if let load {
            lines.append(
                "Load: \(load.answered) answered, \(load.lost) lost, \(load.wrong) wrong; \(load.qualified) of "
                    + "\(load.clients) had an address at the end."
            )
        }
        lines += notes
        for event in events {
            for objection in event.objections {
                lines.append("FAILED: \(event.event.phrase(event.member)): \(objection)")
            }
        }
        lines.append(
            isSuccess ? "Nobody was without connectivity for longer than promised." : "The promise was broken."
        )
        return lines.flatMap { WrappedText.lines($0, first: "", rest: "  ", width: 80) }
    }

    private static func number(_ value: Double?) -> String { value.map { Decimals.text($0, digits: 0) } ?? "-" }
}
