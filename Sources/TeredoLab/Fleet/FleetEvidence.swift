/// Where an event is seen by whoever looks after a fleet.
package struct FleetEvidence: Codable, Hashable, Sendable {
    /// Whether `teredo status` tells of it; of a role that is gone or hangs that there is no answer.
    package var status = false
    /// Whether the log has a line for it.
    package var log = false
    /// Whether the metrics change; of a role that is gone or hangs there are none.
    package var metrics = false

    /// Whether it is seen everywhere.
    package var isComplete: Bool { status && log && metrics }

    /// A letter for each place, or a dash.
    var letters: String { (status ? "S" : "-") + (log ? "L" : "-") + (metrics ? "M" : "-") }
}
