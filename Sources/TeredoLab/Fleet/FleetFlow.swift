import FoundationEssentials
import TeredoLinux

/// Something that comes from one host of a fleet to another at a steady pace while things happen: echo requests that are answered, or
/// numbers by TCP.
final class FleetFlow {
    /// What it is made of.
    enum Kind: String, Codable, Hashable, Sendable {
        case ping
        case tcp = "TCP"
    }

    /// Something that came: when, by the system clock in seconds, and its number.
    struct Arrival: Hashable, Sendable {
        let time: Double
        let number: Int
    }

    /// The name in reports, such as `native > client-a`.
    let name: String
    let kind: Kind
    /// Whether the client is Miredo's, of whom nothing was promised.
    let isForeign: Bool
    private let processes: [ChildProcess]
    private let logPath: String

    /// The time between two requests or messages.
    static let pace = 50

    /// Sends echo requests from one host to an address of another.
    init(ping address: String, from: KernelHost, to: KernelHost, in lab: KernelLab) throws {
        name = "\(from.rawValue) > \(to.rawValue)"
        kind = .ping
        isForeign = [from, to].contains(.clientD)
        logPath = "\(lab.directory)/ping-\(from.rawValue)-\(to.rawValue).log"
        let interval = "\(Double(Self.pace) / 1000)"
        let command = ["ping", "-6", "-n", "-D", "-i", interval, "-s", "24", address]
        processes = [try Self.start(command, on: from, to: logPath, lab)]
    }

    /// Sends numbers from one host to an address of another.
    init(tcp address: String, port: Int, from: KernelHost, to: KernelHost, in lab: KernelLab) throws {
        name = "\(from.rawValue) > \(to.rawValue)"
        kind = .tcp
        isForeign = [from, to].contains(.clientD)
        logPath = "\(lab.directory)/tcp-\(from.rawValue)-\(to.rawValue).log"
        let program = [lab.binary, FleetTraffic.word]
        let taker = try Self.start(program + ["take", "\(port)"], on: to, to: logPath, lab)
        let give = ["give", "[\(address)]:\(port)", "\(Self.pace)"]
        let giver = try Self.start(program + give, on: from, to: "\(logPath).sent", lab)
        processes = [taker, giver]
    }

    private static func start(
        _ command: [String],
        on host: KernelHost,
        to logPath: String,
        _ lab: KernelLab
    ) throws -> ChildProcess {
        let process = try ChildProcess(lab[host].inside(command), output: .file(logPath))
        lab.childGuard.add(process)
        return process
    }

    /// Ends it.
    func stop() { for process in processes { process.terminate(grace: .milliseconds(200)) } }

    /// Whether the connection is still the one that it was; echo requests always go on.
    var isEstablished: Bool { processes.allSatisfy { $0.poll() == nil } && !text.contains("the flow ended") }

    private var text: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// What came so far.
    var arrivals: [Arrival] { Self.arrivals(in: text) }

    /// Reads the lines of `ping -D`, and those of ``FleetTraffic``, which are like them.
    static func arrivals(in text: String) -> [Arrival] {
        text.split(separator: "\n").compactMap { line in
            guard line.first == "[", let end = line.firstIndex(of: "]"), let place = line.firstRange(of: "_seq="),
                let time = Double(line[line.index(after: line.startIndex)..<end]),
                let number = Int(line[place.upperBound...].prefix { $0.isNumber }), !line.contains("no answer yet"),
                !line.contains("nreachable")
            else { return nil }
            return Arrival(time: time, number: number)
        }
    }
}
