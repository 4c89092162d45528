/// What `teredo lab --fleet` found.
package struct FleetReport: Codable, Hashable, Sendable, JudgedReport {
    /// What became of the clients of the load.
    package struct Load: Codable, Hashable, Sendable {
        /// How many there were at the end.
        package var clients: Int
        /// How many of them had an address at the end.
        package var qualified: Int
        /// Exchanges that were answered, those that were not, and wrong answers.
        package var answered: UInt64
        package var lost: UInt64
        package var wrong: UInt64
    }

    /// Always `fleet`.
    package var mode = "fleet"
    /// How long one bubble exchange may take.
    package var exchangeMilliseconds = Self.exchange
    /// The flows before anything happened.
    package var quiet: [FleetGap] = []
    /// What happened, in order.
    package var events: [FleetEventReport] = []
    /// The load; `nil` when it did not get to its end.
    package var load: Load?
    /// What was left out, and why.
    package var notes: [String] = []

    /// Nothing has happened yet.
    package init() {}

    /// A bubble that was lost is repeated after two seconds (RFC 4380 section 5.2.6).
    package static let exchange = 2000.0

    /// Whether the promise was kept each time, and the clients of the load were served rightly.
    package var isSuccess: Bool {
        guard let load, load.wrong == 0, load.qualified * 10 >= load.clients * 9 else { return false }
        return !events.isEmpty && events.allSatisfy(\.isSuccess)
    }
}
