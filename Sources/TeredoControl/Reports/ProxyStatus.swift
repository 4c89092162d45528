/// How much room the programs that use a proxy have.
package struct ProxyStatus: Hashable, Sendable, Codable {
    /// How many connections there are whose programs have said where they want to go.
    package var connections: Int
    /// How many there may be at once.
    package var connectionLimit: Int
    /// How many requests were refused because there were so many already.
    package var refusedRequests: UInt64

    /// Makes a report.
    package init(connections: Int, connectionLimit: Int, refusedRequests: UInt64) {
        self.connections = connections
        self.connectionLimit = connectionLimit
        self.refusedRequests = refusedRequests
    }

    /// Whether the next request is refused.
    package var isFull: Bool { connections >= connectionLimit }

    /// The same for people.
    package var phrase: String {
        let refused = refusedRequests > 0 ? ", \(refusedRequests) requests refused" : ""
        return "\(isFull ? "full: " : "")\(connections) of \(connectionLimit) connections\(refused)"
    }
}
