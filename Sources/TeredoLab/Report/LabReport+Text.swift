import TeredoHost

/// The report as people read it.
extension LabReport {
    /// The parties as a table of at most 80 columns: what is said about one with a mapped endpoint stands below it.
    package var partyTable: String {
        var table = TextTable()
        for party in parties {
            let mapped = party.mappedEndpoint.map { "mapped \($0)" }
            table.append([party.name, party.address ?? "no address", mapped ?? party.remark])
        }
        let column = parties.map(\.name.count).max() ?? 0
        let indent = String(repeating: " ", count: column + 4)
        var lines: [String] = []
        for (line, party) in zip(table.lines, parties) {
            lines.append("  \(line)")
            if party.mappedEndpoint != nil { lines.append(indent + party.remark) }
        }
        return lines.joined(separator: "\n")
    }

    /// The checks as a table.
    package var checkTable: String {
        var table = TextTable(rightAligned: [1, 2, 3])
        table.append(["", "replies", "first", "best", ""])
        for check in checks {
            table.append([
                "\(check.from) -> \(check.to)",
                "\(check.received)/\(check.sent)",
                check.roundTripMilliseconds.first.map(Self.milliseconds) ?? "-",
                check.roundTripMilliseconds.min().map(Self.milliseconds) ?? "-",
                check.verdict + (check.isReachable ? "" : check.remark.map { ", \($0)" } ?? ""),
            ])
        }
        return table.indentedText
    }

    /// The last line: whether all is well.
    package var summary: String {
        let failed = checks.filter { !$0.isAcceptable }
        if isSuccess {
            let impossible = checks.filter { !$0.isReachable }.count
            let remark = impossible == 0 ? "" : " (\(impossible) cannot connect through these NATs, as expected)"
            return "Everything that should connect does\(remark)."
        }
        let names = failed.map { "\($0.from) -> \($0.to)" } + failures
        return "FAILED: " + names.joined(separator: "; ")
    }

    static func milliseconds(_ value: Double) -> String {
        "\(Decimals.text(value, digits: value < 10 ? 2 : 1)) ms"
    }
}
