/// All that is known of one role, in parts that each have the number of the change that last touched them.
package struct RoleView: Sendable {
    /// How many points a plot has: five minutes.
    package static let sampleLimit = 300
    /// How many happenings are remembered.
    package static let eventLimit = 64

    /// What changes on its own.
    package enum Part: String, CaseIterable, Hashable, Sendable {
        case condition
        case status
        case peers
        case check
        case events
        case sample
    }

    /// The socket.
    package let socket: RoleSocket
    /// Whether it can be asked.
    package private(set) var condition = RoleCondition.unknown
    /// Since when, in milliseconds since 1970.
    package private(set) var conditionSince: Int
    /// When it last answered.
    package private(set) var lastAnswer: Int?
    /// The last minutes, the oldest first.
    package private(set) var samples: [Sample] = []
    /// Milliseconds to and from each peer of which that is known.
    package private(set) var peerRoundTrips: [Double] = []
    private var texts: [Part: String] = [:]
    private var revisions: [Part: UInt64] = [:]
    private var events: [JSONValue] = []

    /// A role that was just found.
    package init(socket: RoleSocket, now: Int, revision: UInt64) {
        self.socket = socket
        conditionSince = now
        revisions[.condition] = revision
    }

    /// The number of the last change.
    package var revision: UInt64 { revisions.values.max() ?? 0 }

    /// Says whether the role can be asked.
    package mutating func setCondition(_ new: RoleCondition, now: Int, revision: UInt64) {
        if new == .answers { lastAnswer = now }
        guard new != condition else { return }
        condition = new
        conditionSince = now
        revisions[.condition] = revision
    }

    /// Stores what the role answered, as text; what is the same as before is no change.
    package mutating func set(_ part: Part, _ value: JSONValue?, revision: UInt64) {
        if part == .peers {
            peerRoundTrips = value?["peers"]?.elements?.compactMap { $0["roundTripMilliseconds"]?.double } ?? []
        }
        let text = value?.line
        guard texts[part] != text else { return }
        texts[part] = text
        revisions[part] = revision
    }

    /// Adds something that happened.
    package mutating func add(events new: [JSONValue], revision: UInt64) {
        guard !new.isEmpty else { return }
        events = Array((events + new).suffix(Self.eventLimit))
        texts[.events] = JSONValue.array(events).line
        revisions[.events] = revision
    }

    /// Adds a point to the plots.
    package mutating func add(_ sample: Sample, revision: UInt64) {
        if samples.count >= Self.sampleLimit { samples.removeFirst(samples.count - Self.sampleLimit + 1) }
        samples.append(sample)
        texts[.sample] = sample.json.line
        revisions[.sample] = revision
    }

    /// The object that tells the page what changed after `revision`, and with `samples` the plots from their beginning.
    package func json(after revision: UInt64, withSamples: Bool) -> String {
        var members = [
            "\"name\":\(JSONValue.string(socket.name).line)",
            "\"condition\":\(JSONValue.string(condition.word).line)",
            "\"sentence\":\(JSONValue.string(condition.sentence(for: socket.path)).line)",
            "\"since\":\(conditionSince)",
            "\"role\":\(JSONValue.string(socket.role).line)",
        ]
        if let lastAnswer { members.append("\"lastAnswer\":\(lastAnswer)") }
        for part in Part.allCases where part != .condition {
            guard revisions[part] ?? 0 > revision else { continue }
            if part == .sample, withSamples { continue }
            members.append("\"\(part.rawValue)\":\(texts[part] ?? "null")")
        }
        if withSamples { members.append("\"samples\":[\(samples.map(\.json.line).joined(separator: ","))]") }
        return "{\(members.joined(separator: ","))}"
    }
}
