import FoundationEssentials
import TeredoLinux

/// The clients of `teredo load` in a fleet, in a process of their own.
final class FleetLoad {
    private let process: ChildProcess
    private let logPath: String

    /// How many clients there are.
    static let clients = 200

    /// Starts them.
    init(_ network: FleetNetwork) throws {
        let lab = network.lab
        logPath = "\(lab.directory)/load.log"
        let endpoints = FleetPlan.relays + FleetPlan.gateways
        let servers = FleetPlan.serverAddresses
        let strangers = servers + endpoints.map(\.ipv4) + [KernelAddresses.native]
        let command =
            [
                lab.binary, "load", "--json", "--server", servers[0], "--secondary-server", servers[1], "--native",
                KernelAddresses.native, "--clients", "\(Self.clients)", "--clients-per-address", "4", "--arrivals",
                "50",
                "--session", "60", "--pause", "4", "--duration", "3600", "--warm-up", "5", "--settle", "0",
            ] + endpoints.flatMap { ["--relay", $0.relayEndpoint] } + strangers.flatMap { ["--allow", $0] }
        process = try ChildProcess(lab[.internet].inside(command), output: .file(logPath))
        lab.childGuard.add(process)
    }

    /// Whether the clients still play.
    var isRunning: Bool { process.poll() == nil }

    /// What it printed so far.
    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// How many of them had an address a moment ago.
    var qualified: Int {
        let lines = log.split(separator: "\n").filter { $0.contains(" s  ") && $0.contains(" of ") }
        let words = (lines.last ?? "").split(whereSeparator: \.isWhitespace)
        return words.firstIndex(of: "of").flatMap { $0 > 0 ? Int(words[$0 - 1]) : nil } ?? 0
    }

    /// How many exchanges had no answer so far.
    var lost: Int { Self.lost(in: log) }

    /// The sum of what the lines of progress tell of each second.
    static func lost(in log: String) -> Int {
        log.split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "lost"), place > 0, line.contains(" /s ") else { return sum }
            return sum + (Int(words[place - 1]) ?? 0)
        }
    }

    /// Ends the load and returns its report.
    func finish() throws -> LoadReport {
        process.signal(2)
        _ = process.wait(limit: .seconds(10))
        process.terminate(grace: .seconds(1))
        // Behind the progress, which goes to the same file.
        let text = log
        guard let begin = text.firstRange(of: "\n{"), let end = text.lastIndex(of: "}"), begin.upperBound < end,
            let report = try? JSONDecoder().decode(LoadReport.self, from: Data(text[begin.lowerBound...end].utf8))
        else { throw LabError.commandFailed(command: "teredo load", detail: text) }
        return report
    }

    /// Ends it without a report.
    func stop() { process.terminate(grace: .milliseconds(500)) }
}
