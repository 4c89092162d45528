package import TeredoHost
import TeredoLinux
import TeredoLoad

/// What a load found; rates and times are of the part after the warm-up, counts of all of it.
package struct LoadReport: Codable, Hashable, Sendable {
    /// What was asked for.
    package var clients: Int
    package var clientsPerAddress: Int
    package var seed: UInt64
    /// How long it took, and how long of that clients were still arriving.
    package var durationSeconds: Double
    package var warmUpSeconds: Double
    /// Whether it was ended before its time.
    package var isInterrupted = false
    /// How many processors the host has, and how many processes waited for them in the mean of the last minute.
    package var processors: Int
    package var loadAverage: Double
    /// What the clients did.
    package var population: LoadPopulationReport
    package var exchanges: [LoadExchangeReport]
    /// What came in and is no answer, by its kind.
    package var strays: [String: UInt64]
    /// How many answers show a fault of a server or relay.
    package var wrong: UInt64
    /// How much later than the model asked for something was sent.
    package var lag: LoadTimes
    /// The process that plays the clients.
    package var generator: LoadGeneratorReport
    package var daemons: [LoadDaemonReport]
    /// How many connections the router followed at most; `nil` when it followed none.
    package var trackedConnections: Int?

    /// Whether clients got an address and every answer was right.
    package var isSuccess: Bool {
        wrong == 0 && exchanges.contains { $0.name == Exchange.qualification.name && $0.answered > 0 }
    }

    /// The report as one JSON object with sorted keys.
    package func json() throws(ServiceError) -> String {
        struct Document: Encodable {
            let report: LoadReport
            func encode(to encoder: any Encoder) throws {
                try report.encode(to: encoder)
                var container = encoder.container(keyedBy: Key.self)
                try container.encode(report.isSuccess, forKey: .success)
            }
            enum Key: String, CodingKey { case success }
        }
        return try JSONText.report(Document(report: self))
    }
}

/// How long something took; all `nil` when it did not happen.
package struct LoadTimes: Codable, Hashable, Sendable {
    package var p50Milliseconds: Double?
    package var p90Milliseconds: Double?
    package var p99Milliseconds: Double?
    package var p999Milliseconds: Double?
    package var longestMilliseconds: Double?

    init(_ histogram: HDRHistogram) {
        func milliseconds(_ time: Duration?) -> Double? { time.map(Milliseconds.number) }
        p50Milliseconds = milliseconds(histogram.quantile(0.5))
        p90Milliseconds = milliseconds(histogram.quantile(0.9))
        p99Milliseconds = milliseconds(histogram.quantile(0.99))
        p999Milliseconds = milliseconds(histogram.quantile(0.999))
        longestMilliseconds = milliseconds(histogram.longest)
    }
}

/// What became of one kind of exchange.
package struct LoadExchangeReport: Codable, Hashable, Sendable {
    package var name: String
    package var sent: UInt64
    package var answered: UInt64
    package var lost: UInt64
    package var abandoned: UInt64
    package var open: UInt64
    package var late: UInt64
    package var wrong: UInt64
    /// Answers a second.
    package var answersPerSecond: Double
    package var times: LoadTimes
}

/// What the clients did together.
package struct LoadPopulationReport: Codable, Hashable, Sendable {
    package var arrivals: UInt64
    package var departures: UInt64
    package var mostOnline: Int
    /// How many were there, and had an address, at the end.
    package var online: Int
    package var qualified: Int
    package var failedQualifications: UInt64
    package var failedTests: UInt64
    package var bubblesAnswered: UInt64
    package var datagramsSent: UInt64
    package var packetsReceived: UInt64
    package var datagramsSentPerSecond: Double
    package var packetsReceivedPerSecond: Double
    /// Packets for clients that came faster than they were read: no fault of a server or relay.
    package var interfaceDrops: UInt64?
    /// Packets that the kernel did not take.
    package var refusedPackets: UInt64
}

/// The memory of a process before, at most during, and after the load, and the time of processors that it used.
package struct LoadProcessReport: Codable, Hashable, Sendable {
    package var residentBeforeOctets: UInt64?
    package var residentMostOctets: UInt64?
    package var residentAfterOctets: UInt64?
    /// In all, and how many processors that was in the mean after the warm-up.
    package var processorSeconds: Double?
    package var processorsUsed: Double?
}

/// The process that plays the clients.
package struct LoadGeneratorReport: Codable, Hashable, Sendable {
    package var octetsPerClient: Int
    package var fixedOctets: Int
    package var process: LoadProcessReport
}

/// A server, relay or gateway under the load.
package struct LoadDaemonReport: Codable, Hashable, Sendable {
    package var name: String
    package var processIdentifier: Int32
    package var process: LoadProcessReport
}
