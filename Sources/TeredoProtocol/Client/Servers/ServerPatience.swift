/// How much silence of the server in use is no accident.
///
/// Questions get lost on bad links, and where a server limits what comes from an IPv4 address that many share. Who sees that
/// happen asks less often, and wants more silence before a server counts as gone.
struct ServerPatience: Hashable, Sendable {
    /// In eighths: one question without an answer weighs as much as eight with one.
    private var weight = 0
    /// Whether the server answers solicitations only, so that all behind one address share a small limit.
    private(set) var isSolicitationOnly = false

    private var level: Int { max(weight / Self.unit, isSolicitationOnly ? Self.solicitationLevel : 0) }

    /// How many questions in a row have to stay unanswered.
    var limit: Int { Failover.checkLimit + 2 * level }

    /// How often the server is asked when it would be every `interval` otherwise.
    func pace(_ interval: Duration) -> Duration { interval + interval * level * Failover.slowdown / Self.highest }

    /// The server answered after `unanswered` questions in vain.
    mutating func recordAnswer(unanswered: Int) {
        weight += unanswered > 0 ? unanswered * Self.unit : -1
        weight = min(max(weight, 0), Self.highest * Self.unit)
    }

    /// The server turned out to pass on no bubbles to the client itself.
    mutating func expectSolicitationsOnly() { isSolicitationOnly = true }

    private static let unit = 8
    private static let solicitationLevel = 2
    private static let highest = 8
}
