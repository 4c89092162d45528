import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoWire

/// First contacts that begin while something happens: a native host that nobody knows asks a client, a client asks such a host, and a
/// client comes that was not there.
final class FleetContacts {
    private let network: FleetNetwork
    private let pings: [(name: String, process: ChildProcess, logPath: String)]
    private let newcomer: RunningRole
    private let begin = MonotonicClock.now

    /// Begins them all; `number` has not been used before.
    init(_ network: FleetNetwork, number: Int) throws {
        self.network = network
        let lab = network.lab
        let fresh = ["2400:1:0:4::1\(number)", "2400:1:0:4::2\(number)"]
        try lab[.native2].configure(
            fresh.map { "ip address add \($0)/64 dev eth0 nodad" }.joined(separator: "\n")
        )
        let attempts: [(KernelHost, KernelHost, [String])] = [
            (.native2, .clientA, ["-I", fresh[0], try network.address(of: .clientA)]), (.clientC, .native2, [fresh[1]]),
        ]
        var pings: [(String, ChildProcess, String)] = []
        for (from, to, target) in attempts {
            let path = "\(lab.directory)/contact-\(number)-\(from.rawValue)"
            let wait = ["-c", "1", "-i", "0.1", "-w", "\(Self.limit)"]
            let process = try ChildProcess(lab[from].inside(["ping", "-6", "-n"] + wait + target), output: .file(path))
            lab.childGuard.add(process)
            pings.append(("\(from.rawValue) > \(to.rawValue)", process, path))
        }
        self.pings = pings
        newcomer = try lab.start(.client, on: .newcomer)
    }

    /// What came of them, after at most ten seconds.
    func finish() throws -> [FleetContact] {
        let lab = network.lab
        var arrived: Double?
        _ = try lab.wait(upTo: .seconds(Self.limit) - (MonotonicClock.now - begin)) {
            if arrived == nil { arrived = try qualification() }
            return arrived != nil && pings.allSatisfy { $0.process.poll() != nil }
        }
        lab.stop(newcomer)
        return pings.map { name, process, path in
            process.terminate(grace: .milliseconds(200))
            let result = PingResult(output: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
            guard let number = result.answered.first, let time = result.roundTrips.first else {
                return FleetContact(name: name)
            }
            return FleetContact(name: name, milliseconds: Double(number - 1) * 100 + time)
        } + [FleetContact(name: KernelHost.newcomer.rawValue, milliseconds: arrived)]
    }

    /// How long the newcomer took to get an address, by its own metrics, in milliseconds; `nil` while it has none.
    private func qualification() throws -> Double? {
        guard try network.lab.teredoAddress(of: .newcomer) != nil else { return nil }
        let command = [network.lab.binary, "metrics", "--control-socket", newcomer.controlSocket ?? ""]
        let metrics = try CommandOutput.run(command, limit: .seconds(2)).output
        let sum = FleetTrial.sum(of: "teredo_qualification_seconds_sum", in: metrics)
        return sum.isFinite ? sum * 1000 : nil
    }

    /// How long they are waited for, in seconds.
    static let limit = 10
}
