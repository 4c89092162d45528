package import TeredoControl
package import TeredoHost
import TeredoSettings

/// A role at a glance: state, address, who may reach it, how good the paths are, traffic, and what is wrong with the remedy.
package struct StatusOverview: Hashable, Sendable {
    /// One fact.
    package struct Row: Hashable, Sendable {
        /// What it is about, one or two short words.
        package let name: String
        /// What is known.
        package let value: String
    }

    /// The role, or the name of the instance such as `client-home`.
    package let name: String
    /// What the role says of itself.
    package let report: StatusReport
    /// Its peers, as many as it told; `nil` for a role without peers.
    package let peers: PeerList?

    /// Makes an overview of the role with this control socket.
    package init(path: String, report: StatusReport, peers: PeerList?) {
        name = Self.name(path, report.role)
        self.report = report
        self.peers = peers
    }

    /// What is wrong, what matters most first.
    package var problems: [OverviewProblem] { OverviewProblem.all(of: report) }

    /// The lines; problems only as far as there are rows, with a word about those that were left out.
    package func lines(_ layout: OverviewLayout) -> [StyledLine] {
        var lines = [headline.fitted(to: layout.columns, sign: layout.sign)] + rows.flatMap { layout.lines($0) }
        let shown = problems.filter { $0.severity != .note }
        var groups = shown.map { layout.lines($0) }
        if let rows = layout.rows {
            // One row is for the prompt that follows, one parts problems from facts.
            let room = rows - lines.count - 2
            while groups.joined().count > room - (groups.count < shown.count ? 1 : 0), !groups.isEmpty {
                groups.removeLast()
            }
        }
        if !shown.isEmpty { lines.append(StyledLine()) }
        lines += groups.joined()
        if groups.count < shown.count {
            let rest = shown.count - groups.count
            lines.append(StyledLine("+\(rest) more \(rest == 1 ? "problem" : "problems"): teredo check", .warning))
        }
        return lines
    }

    /// The role and its state.
    package var headline: StyledLine {
        var line = StyledLine(name, .bold)
        line.append("  ")
        line.append(state.word, state.style)
        line.append(state.rest)
        return line
    }

    /// The cells of a table with one line for each role: name, state, where it is, and what stands out.
    package var cells: [String] {
        let count = problems.filter { $0.severity != .note }.count
        let worry = count == 0 ? [] : ["\(count) \(count == 1 ? "problem" : "problems")"]
        let peers = peers.map { ["\($0.total) \($0.total == 1 ? "peer" : "peers")"] } ?? []
        return [name, state.word, place, (peers + worry).joined(separator: ", ")]
    }

    /// What an instance is called by its socket; the role where the socket is the usual one or has another name.
    private static func name(_ path: String, _ role: Role) -> String {
        let name = ControlSocketName(path: path).description
        return name.contains(role.rawValue) || name == Role.auto.rawValue ? name : "\(role) (\(name))"
    }
}
