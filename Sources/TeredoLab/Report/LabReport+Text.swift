/// The report as people read it.
extension LabReport {
    /// The parties as a table.
    package var partyTable: String {
        let rows = parties.map { party in
            [
                party.name, party.address ?? "no address", party.mappedEndpoint.map { "mapped \($0)" } ?? "",
                party.remark,
            ]
        }
        return TextTable.render(rows)
    }

    /// The checks as a table.
    package var checkTable: String {
        let header = ["", "replies", "first", "best", ""]
        let rows = checks.map { check in
            [
                "\(check.from) -> \(check.to)",
                "\(check.received)/\(check.sent)",
                check.roundTripMilliseconds.first.map(Self.milliseconds) ?? "-",
                check.roundTripMilliseconds.min().map(Self.milliseconds) ?? "-",
                check.verdict + (check.isReachable ? "" : check.remark.map { ", \($0)" } ?? ""),
            ]
        }
        return TextTable.render([header] + rows, rightAligned: [1, 2, 3])
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
