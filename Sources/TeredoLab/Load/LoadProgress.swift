import TeredoHost
import TeredoLoad

/// How a load is getting on, each second.
package struct LoadProgress: Hashable, Sendable {
    /// What one of the daemons takes.
    package struct Daemon: Hashable, Sendable {
        let name: String
        let residentOctets: UInt64?
        let processors: Double?
    }

    private let time: Duration
    private let figures: PopulationFigures
    private let previous: PopulationFigures
    private let daemons: [Daemon]

    init(_ time: Duration, _ figures: PopulationFigures, since previous: PopulationFigures, daemons: [Daemon]) {
        self.time = time
        self.figures = figures
        self.previous = previous
        self.daemons = daemons
    }

    /// One line of at most 80 columns.
    package var text: String {
        let seconds = String(Int(time / .seconds(1)))
        let lost = figures.sum(\.lost) &- previous.sum(\.lost)
        var parts = [
            String(repeating: " ", count: max(0, 4 - seconds.count))
                + "\(seconds) s  \(figures.qualified) of \(figures.online)",
            "\(figures.datagramsSent &- previous.datagramsSent)/\(figures.packetsReceived &- previous.packetsReceived) /s",
            "\(lost) lost", "\(figures.wrong) wrong",
        ]
        for daemon in daemons {
            let memory = daemon.residentOctets.map(OctetText.short) ?? "gone"
            let share = daemon.processors.map { " \(Decimals.text($0 * 100, digits: 0)) %" } ?? ""
            parts.append("\(daemon.name) \(memory)\(share)")
        }
        return parts.joined(separator: "  ")
    }
}
