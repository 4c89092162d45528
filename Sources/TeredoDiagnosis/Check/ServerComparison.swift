import Synchronization
import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Several servers, checked at the same time, to compare them.
package struct ServerComparison: Hashable, Sendable {
    /// The reports, in the order in which the servers were given.
    package let reports: [CheckReport]

    /// Takes reports to compare.
    package init(_ reports: [CheckReport]) { self.reports = reports }

    /// What the threads leave behind.
    private final class Results: Sendable {
        let byIndex = Mutex<[Int: Result<CheckReport, ServiceError>]>([:])
    }

    /// Checks all servers, each on a thread of its own; the router is asked once.
    package static func run(_ configurations: [NATCheckConfiguration]) throws(ServiceError) -> Self {
        let results = Results()
        var threads: [WorkerThread] = []
        for (index, configuration) in configurations.enumerated() {
            var configuration = configuration
            configuration.asksRouter = index == 0
            let check = NATCheck(configuration)
            do {
                threads.append(
                    try WorkerThread(name: "check") {
                        let result = Result { () throws(ServiceError) in try check.run() }
                        results.byIndex.withLock { $0[index] = result }
                    }
                )
            } catch {
                throw ServiceError(error)
            }
        }
        for thread in threads { thread.join() }
        var reports: [CheckReport] = []
        for index in configurations.indices {
            guard let result = results.byIndex.withLock({ $0[index] }) else { continue }
            reports.append(try result.get())
        }
        return Self(reports)
    }

    /// Whether a client works with one server at least.
    package var isWorking: Bool { reports.contains(where: \.isWorking) }

    /// The server to take: one that works, with both addresses if there is such a server, and near.
    package var best: CheckReport? {
        reports.filter(\.isWorking).min { first, second in
            let (one, other) = (first.nat?.secondary.isAnswered == true, second.nat?.secondary.isAnswered == true)
            guard one == other else { return one }
            return (first.nat?.primary.time ?? Self.never) < (second.nat?.primary.time ?? Self.never)
        }
    }

    /// Longer than any answer takes.
    private static let never = Duration.seconds(Int64.max)

    /// A table for people.
    package var text: String {
        var table = TextTable(headings: ["Server", "Primary", "Time", "Secondary", "Time", "NAT", "Verdict"])
        for report in reports {
            table.append([
                report.serverName.description, report.server?.primary.description ?? "-",
                Self.time(report.nat?.primary),
                report.server?.secondary?.description ?? "-", Self.time(report.nat?.secondary),
                report.nat?.netshWord ?? "not known", report.verdict.rawValue,
            ])
        }
        let conclusion =
            best.map { "Best: \($0.serverName). 'teredo check --server \($0.serverName)' tells more." }
            ?? "None of these servers serves a client here; 'teredo check --explain' has a page for each verdict."
        return (table.lines + ["", conclusion]).joined(separator: "\n")
    }

    private static func time(_ answer: NATReport.Answer?) -> String {
        switch answer {
        case .answered(let time): TimeText.milliseconds(time)
        case .silent: "silent"
        case .unknown, nil: "-"
        }
    }
}

extension ServerComparison: Encodable {
    private enum CodingKeys: String, CodingKey {
        case works, best, servers
    }

    /// Encodes an unknown best server as null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isWorking, forKey: .works)
        try container.encode(best?.serverName, forKey: .best)
        try container.encode(reports, forKey: .servers)
    }
}
