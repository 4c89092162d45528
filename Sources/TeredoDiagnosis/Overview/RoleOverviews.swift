package import TeredoControl
package import TeredoHost
import TeredoSettings

/// All roles of a host at a glance.
package struct RoleOverviews: Sendable {
    /// What a role said, or why it said nothing.
    package enum Entry: Sendable {
        /// It answered.
        case answered(StatusOverview)
        /// It has a control socket, and gave no answer.
        case failed(name: String, ServiceError)
    }

    /// One for each control socket.
    package let entries: [Entry]

    /// Makes overviews of what is known.
    package init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Asks all roles that `query` leads to; throws when none answers.
    package static func ask(_ query: ControlQuery) throws(ServiceError) -> Self {
        var entries: [Entry] = []
        var failures: [ServiceError] = []
        for (path, outcome) in try query.statuses() {
            switch outcome {
            case .success(let report):
                entries.append(
                    .answered(StatusOverview(path: path, report: report, peers: query.at(path).peers(of: report)))
                )
            case .failure(let error):
                entries.append(.failed(name: ControlSocketName(path: path).description, error))
                failures.append(error)
            }
        }
        if let failure = ServiceError.mostTelling(failures), !entries.contains(where: \.isAnswered) { throw failure }
        return Self(entries)
    }

    /// Whether every role answered and has something to offer.
    package var isReady: Bool {
        entries.allSatisfy { entry in
            if case .answered(let overview) = entry { Readiness(overview.report).isReady } else { false }
        }
    }

    /// The lines: an overview of each role as far as there are rows for all, else one line for each.
    package func lines(_ layout: OverviewLayout) -> [StyledLine] {
        if entries.count == 1, case .answered(let only) = entries[0] { return only.lines(layout) }
        let whole = OverviewLayout(columns: layout.columns, sign: layout.sign)
        let stacked = entries.map { $0.lines(whole) }
        let room = (layout.rows ?? Self.usualRows) - 1
        guard stacked.joined().count + stacked.count - 1 > room else {
            return Array(stacked.joined(separator: [StyledLine()]))
        }
        var table = TextTable()
        for entry in entries { table.append(entry.cells) }
        let lines = zip(table.lines, entries).map { line, entry in
            StyledLine(line + entry.reason).fitted(to: layout.columns, sign: layout.sign)
        }
        let hint = "One of them: teredo status --control-socket \(ControlSocketPath.directory)/NAME.sock"
        return lines + [StyledLine(), StyledLine(hint).fitted(to: layout.columns, sign: layout.sign)]
    }

    /// Everything that the roles say, one after the other.
    package var wholeText: String {
        entries.map { entry in
            switch entry {
            case .answered(let overview): overview.report.text
            case .failed(let name, let error): "\(name): \(error)"
            }
        }.joined(separator: "\n\n")
    }

    /// Without a terminal, as on a small one.
    private static let usualRows = 24
}

extension RoleOverviews.Entry {
    fileprivate var isAnswered: Bool {
        if case .answered = self { true } else { false }
    }

    fileprivate func lines(_ layout: OverviewLayout) -> [StyledLine] {
        switch self {
        case .answered(let overview): return overview.lines(layout)
        case .failed(let name, let error):
            var head = StyledLine(name, .bold)
            head.append("  does not answer", .bad)
            let text = WrappedText.lines(error.message, first: "! ", rest: "  ", width: layout.columns)
            let remedy = WrappedText.lines(error.remedy, first: "  -> ", rest: "     ", width: layout.columns)
            return [head] + text.map { StyledLine($0, .bad) } + remedy.map { StyledLine($0) }
        }
    }

    fileprivate var cells: [String] {
        switch self {
        case .answered(let overview): overview.cells
        case .failed(let name, _): [name, "no answer"]
        }
    }

    /// Why there is no answer, behind the cells: it may be longer than any of them.
    fileprivate var reason: String {
        switch self {
        case .answered: ""
        case .failed(_, let error): "  \(error.message)"
        }
    }
}

extension ControlQuery {
    /// The peers of the role that gave `report`, as many as it tells at once; `nil` for one without.
    func peers(of report: StatusReport) -> PeerList? {
        switch report {
        case .client, .relay, .gateway: try? peers(limit: ControlParameter.peerLimits.upperBound)
        case .server, .dormant: nil
        }
    }
}
