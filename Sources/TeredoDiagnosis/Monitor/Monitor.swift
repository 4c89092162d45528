import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoSettings
package import TeredoWire

/// What `teredo status --watch` shows: the roles as they are now, against what they were a moment ago.
///
/// It knows no terminal: it takes samples and keys, and gives lines.
package struct Monitor: Sendable {
    private var sample: MonitorSample?
    private var before: MonitorSample?
    /// The control socket of the role that is shown.
    private var selected: String?
    private var order = MonitoredPeer.Order.traffic
    private var isReversed = false
    private var showsAll: Bool
    /// How many lines of the list are above the screen.
    private var offset = 0

    /// Nothing is known yet; `showsAll` begins with all rows of the report instead of the peers.
    package init(showsAll: Bool = false) {
        self.showsAll = showsAll
    }

    /// The roles said something new.
    package mutating func take(_ new: MonitorSample) {
        before = sample
        sample = new
        if selected == nil || !new.roles.contains(where: { $0.path == selected }) {
            // A role that is gone is waited for, unless there are others.
            if let first = new.roles.first { selected = first.path }
        }
    }

    /// A key was pressed; returns whether that ends it.
    package mutating func press(_ key: MonitorKey) -> Bool {
        switch key {
        case .quit: return true
        case .sort:
            let all = MonitoredPeer.Order.allCases
            let index = all.firstIndex(of: order) ?? 0
            order = all[(index + 1) % all.count]
            offset = 0
        case .reverse:
            isReversed.toggle()
            offset = 0
        case .all:
            showsAll.toggle()
            offset = 0
        case .nextRole:
            guard let roles = sample?.roles, !roles.isEmpty else { return false }
            let index = roles.firstIndex { $0.path == selected } ?? roles.count - 1
            selected = roles[(index + 1) % roles.count].path
            offset = 0
        case .down: offset += 1
        case .up: offset = max(0, offset - 1)
        case .pageDown: offset += Self.page
        case .pageUp: offset = max(0, offset - Self.page)
        }
        return false
    }

    /// The screen at `now`: exactly as many lines as rows, each as wide as the terminal.
    package mutating func screen(
        columns: Int,
        rows: Int,
        clock: String,
        now: ProtocolInstant,
        sign: String
    ) -> [StyledLine] {
        let footer = StyledLine(self.footer, .reverse).fitted(to: columns, sign: sign).padded(to: columns, .reverse)
        let height = max(0, rows - 1)
        var head = heading(columns, clock, now)
        var list: [StyledLine] = []
        var headings = 0
        var unlisted = 0
        if let role, case .success(let report) = role.outcome {
            if showsAll {
                list = report.text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    StyledLine(String($0))
                }
            } else {
                head += facts(report, role, columns)
                (list, unlisted) = peerLines(role, columns)
                headings = list.isEmpty ? 0 : 1
            }
            if !list.isEmpty { head.append(StyledLine()) }
        }
        let body = Self.body(head, list, headings: headings, unlisted: unlisted, offset: &offset, height: height)
        let lines = body.map { $0.fitted(to: columns, sign: sign).padded(to: columns) }
        let empty = StyledLine().padded(to: columns)
        return lines + Array(repeating: empty, count: max(0, height - lines.count)) + (rows > 0 ? [footer] : [])
    }

    private var role: MonitorSample.Role? { sample?.roles.first { $0.path == selected } }

    private var earlier: MonitorSample.Role? { before?.roles.first { $0.path == selected } }

    private var seconds: Double {
        guard let sample, let before else { return 0 }
        return (sample.time - before.time) / .seconds(1)
    }

    /// The name of the role and its state, the time of day, and which of the roles it is.
    private func heading(_ columns: Int, _ clock: String, _ now: ProtocolInstant) -> [StyledLine] {
        guard let sample else { return [StyledLine("asking …")] }
        var lines: [StyledLine] = []
        var line: StyledLine
        if let role, case .success(let report) = role.outcome {
            line = StatusOverview(path: role.path, report: report, peers: role.peers).headline
        } else {
            line = StyledLine(selected.map(ControlSocketPath.name) ?? "", .bold)
            line.append("  no answer, waiting for it", .bad)
        }
        var right = ""
        if sample.roles.count > 1, let index = sample.roles.firstIndex(where: { $0.path == selected }) {
            right += "role \(index + 1) of \(sample.roles.count)  "
        }
        let age = (now - sample.time) / .seconds(1)
        right += age >= Self.staleSeconds ? "\(Int(age)) s old" : clock
        if line.width + 2 + right.count <= columns {
            line = line.padded(to: columns - right.count)
            line.append(right)
        } else {
            lines.append(StyledLine(right).padded(to: 0))
        }
        lines.insert(line, at: 0)
        if let error = obstacle {
            lines.append(StyledLine("! \(error.message)", .bad))
            lines += error.remedy.isEmpty ? [] : [StyledLine("  -> \(error.remedy)")]
        }
        return lines
    }

    private var obstacle: ServiceError? {
        if case .failure(let error)? = role?.outcome { return error }
        return role == nil ? sample?.failure : nil
    }

    /// Where the role is, what it carries, and what is wrong.
    private func facts(_ report: StatusReport, _ role: MonitorSample.Role, _ columns: Int) -> [StyledLine] {
        let overview = StatusOverview(path: role.path, report: report, peers: role.peers)
        let names = Self.factNames
        var lines = overview.rows.filter { names.contains($0.name) }.map { row in
            StyledLine("  \(row.name)" + String(repeating: " ", count: max(1, 13 - row.name.count)) + row.value)
        }
        let old = earlier.flatMap { try? $0.outcome.get() }.map(\.monitoredCounters) ?? []
        for (index, (label, counters)) in report.monitoredCounters.enumerated() {
            let before = index < old.count ? old[index].1 : nil
            lines += TrafficRates(counters, before: before, seconds: seconds).lines(label).map { StyledLine($0) }
        }
        let problems = overview.problems.filter { $0.severity != .note }
        if let first = problems.first {
            let more = problems.count > 1 ? " (+\(problems.count - 1) more: teredo status)" : ""
            lines.append(StyledLine("! \(first.text)\(more)", first.severity == .blocking ? .bad : .warning))
        }
        return lines
    }

    /// The table of peers, and how many the role did not list.
    private func peerLines(_ role: MonitorSample.Role, _ columns: Int) -> ([StyledLine], Int) {
        guard let list = role.peers else { return ([], 0) }
        guard !list.peers.isEmpty else { return ([StyledLine("no peers")], 0) }
        var old: [IPv6Address: PeerStatus] = [:]
        for peer in earlier?.peers?.peers ?? [] { old[peer.address] = peer }
        let peers = list.peers.map { MonitoredPeer($0, before: old[$0.address], seconds: seconds) }
        let sorted = MonitoredPeer.sorted(peers, by: order, isReversed: isReversed)
        let lines = PeerTable.lines(sorted, width: columns)
        let styled = lines.enumerated().map { StyledLine($1, $0 == 0 ? .bold : .plain) }
        return (styled, list.total > list.peers.count ? list.total - list.peers.count : 0)
    }

    private var footer: String {
        var keys = ["q quit"]
        if !showsAll { keys.append("s sort: \(order)\(isReversed ? ", reversed" : "")") }
        if !showsAll { keys.append("r reverse") }
        keys.append(showsAll ? "a peers" : "a all rows")
        keys.append("j k scroll")
        if sample?.roles.count ?? 0 > 1 { keys.append("Tab next role") }
        return " " + keys.joined(separator: "  ")
    }

    /// Puts head and list into `height` lines, with a word about what is not to be seen.
    private static func body(
        _ head: [StyledLine],
        _ list: [StyledLine],
        headings: Int,
        unlisted: Int,
        offset: inout Int,
        height: Int
    ) -> [StyledLine] {
        guard head.count + min(list.count, headings + 2) <= height else {
            offset = 0
            let all = head + list
            guard all.count > height, height > 0 else { return Array(all.prefix(height)) }
            let rest = all.count - height + 1
            return all.prefix(height - 1) + [StyledLine("+\(rest) more lines in a higher window", .faint)]
        }
        let fixed = head + list.prefix(headings)
        let items = list.dropFirst(headings)
        let room = height - fixed.count
        guard items.count > room || unlisted > 0 else {
            offset = 0
            return fixed + items
        }
        let visible = max(0, room - 1)
        offset = min(offset, max(0, items.count - visible))
        let below = items.count - min(items.count, offset + visible) + unlisted
        let parts = [offset > 0 ? "+\(offset) more above" : nil, below > 0 ? "+\(below) more below" : nil]
        let word = StyledLine(parts.compactMap(\.self).joined(separator: ", "), .faint)
        return fixed + items.dropFirst(offset).prefix(visible) + [word]
    }

    /// The facts that change, or that one wants to see beside rates.
    private static let factNames: Set = ["Address", "Server", "Inbound", "Port", "Addresses", "Served", "Transit"]
    /// How far the keys for pages scroll.
    private static let page = 10
    /// The age from which a report is said to be old.
    private static let staleSeconds = 3.0
}

extension StatusReport {
    /// The counters of the parts of a role, each with a word where there are several.
    fileprivate var monitoredCounters: [(String, StatusCounters)] {
        switch self {
        case .client(let status): [("", status.traffic.counters)]
        case .relay(let status): [("", status.counters)]
        case .server(let status): [("", status.counters)]
        case .gateway(let status): [("Server", status.server.counters), ("Relay", status.relay.counters)]
        case .dormant: []
        }
    }
}
