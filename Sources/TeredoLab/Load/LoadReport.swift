import TeredoLinux
import TeredoLoad

/// What a load found; rates and times are of the part after the warm-up, counts of all of it.
package struct LoadReport: Codable, Hashable, Sendable, JudgedReport {
    /// How many clients were asked for.
    package var clients: Int
    /// How many share a mapped address.
    package var clientsPerAddress: Int
    /// The seed of the model.
    package var seed: UInt64
    /// How long it took.
    package var durationSeconds: Double
    /// How long of that clients were still arriving, which is in no rate and no time.
    package var warmUpSeconds: Double
    /// Whether it was ended before its time.
    package var isInterrupted = false
    /// How many processors the host has.
    package var processors: Int
    /// How many processes waited for them at the end, in the mean of a minute.
    package var loadAverage: Double
    /// What the clients did.
    package var population: LoadPopulationReport
    /// What became of what they sent.
    package var exchanges: [LoadExchangeReport]
    /// What came in and is no answer, by its kind.
    package var strays: [String: UInt64]
    /// How many answers show a fault of a server or relay.
    package var wrong: UInt64
    /// How much later than the model asked for something was sent.
    package var lag: LoadTimes
    /// The process that plays the clients.
    package var generator: LoadGeneratorReport
    /// The processes that were watched.
    package var daemons: [LoadDaemonReport]
    /// How many connections the router followed at most; `nil` when it followed none.
    package var trackedConnections: Int?

    /// Whether clients got an address and every answer was right.
    package var isSuccess: Bool {
        wrong == 0 && exchanges.contains { $0.name == Exchange.qualification.name && $0.answered > 0 }
    }
}
