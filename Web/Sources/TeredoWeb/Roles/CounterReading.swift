/// The counters of a role at one moment, all parts of a gateway together.
package struct CounterReading: Hashable, Sendable {
    /// The counters by name; those of drops and losses begin with `drop.`.
    package private(set) var counters: [String: Double] = [:]
    /// The seconds that the role had run: fewer than before mean that it began anew.
    package private(set) var uptime: Double

    /// How many peers were remembered.
    package private(set) var peers: Double?

    /// Reads a report.
    package init(status: JSONValue) {
        uptime = status["uptimeSeconds"]?.double ?? 0
        for part in [status, status["server"], status["relay"]] {
            guard let counters = part?["counters"]?.members else { continue }
            for (name, value) in counters {
                switch (name, value) {
                case ("drops", .object(let drops)): add(drops, prefix: "drop.")
                case ("system", .object(let losses)):
                    add(losses.filter { $0.key != "subscribersDropped" }, prefix: "drop.")
                case (_, .number): add([name: value], prefix: "")
                default: break
                }
            }
            if let answered = part?["xdpAnswered"] { add(["xdpAnswered": answered], prefix: "") }
            // Peers come and go: what is counted as new is by how many they grew.
            if let peers = part?["peers"]?.double { self.peers = (self.peers ?? 0) + peers }
            if let refused = part?["inbound"]?["refusedPackets"] { add(["refusedPackets": refused], prefix: "") }
        }
    }

    private mutating func add(_ values: [String: JSONValue], prefix: String) {
        for (name, value) in values {
            if let number = value.double { counters[prefix + name, default: 0] += number }
        }
    }

    /// Growth a second since `earlier`, `seconds` ago; `nil` when the role began anew in between.
    package func rates(since earlier: Self, seconds: Double) -> [String: Double]? {
        guard uptime >= earlier.uptime, seconds > 0 else { return nil }
        var rates: [String: Double] = [:]
        for (name, value) in counters {
            // A reason that did not occur before is new in the report.
            let growth = value - (earlier.counters[name] ?? 0)
            guard growth >= 0 else { return nil }
            rates[name] = growth / seconds
        }
        if let peers, let before = earlier.peers { rates["newPeers"] = max(0, peers - before) / seconds }
        return rates
    }
}
