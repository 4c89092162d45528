package import TeredoHost

/// How far a role is that drains: it ends when nothing is left to serve, or at its limit.
package struct DrainStatus: Hashable, Sendable, Codable {
    /// When it ends at the latest.
    @JSONTime<Seconds> package var remaining: Duration
    /// How many clients used the relay within the last seconds; absent for a server, which knows none.
    package var clients: Int?

    private enum CodingKeys: String, CodingKey {
        case remaining = "remainingSeconds"
        case clients
    }

    /// Describes what is left.
    package init(remaining: Duration, clients: Int?) {
        self.remaining = remaining
        self.clients = clients
    }

    /// The same for people.
    package var phrase: String {
        let left = clients.map { "\($0) \($0 == 1 ? "client" : "clients") in use, " } ?? ""
        return "\(left)ends in \(TimeText.duration(remaining)) at the latest"
    }
}
