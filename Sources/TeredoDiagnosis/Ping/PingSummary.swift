package import TeredoControl
import TeredoHost

/// What came of all requests of a ping.
package struct PingSummary: Hashable, Sendable {
    /// How many answers came on one kind of path.
    package struct PathCount: Hashable, Sendable, Encodable {
        /// The kind of path.
        package var path: PathKind
        /// How many answers came while packets went that way.
        package var replies: Int
    }

    /// Requests that were made.
    package private(set) var sent = 0
    /// Requests that were answered.
    package private(set) var received = 0
    /// The shortest time; `nil` without an answer.
    package private(set) var minimum: Duration?
    /// The longest time; `nil` without an answer.
    package private(set) var maximum: Duration?
    /// The time that the first answer took, if a way had to be found for it.
    private var first: Duration?
    /// The answers by kind of path, in the order in which the paths came up.
    package private(set) var paths: [PathCount] = []
    /// The sum of the times in milliseconds as JSON shows each.
    private var total = 0.0

    /// Nothing yet.
    package init() {}

    /// Requests without an answer, in percent of all.
    package var lossPercent: Double { sent == 0 ? 0 : Double((sent - received) * 1000 / sent) / 10 }

    /// The mean time in milliseconds; `nil` without an answer.
    package var mean: Double? { received == 0 ? nil : total / Double(received) }

    /// By how much the first answer took longer than the best one; `nil` unless a way had to be found for it,
    /// and there is another one to compare with.
    package var contact: Duration? {
        guard received > 1, let first, let minimum else { return nil }
        return first - minimum
    }

    /// Counts a request.
    package mutating func recordRequest() { sent += 1 }

    /// Counts an answer; `before` is the way that there was before the first request.
    package mutating func recordReply(after time: Duration, path: PingPath, before: PingPath = .unknown) {
        if received == 0, path.isOpen, !before.isOpen, before != .unknown { first = time }
        received += 1
        total += Milliseconds.number(time)
        minimum = min(minimum ?? time, time)
        maximum = max(maximum ?? time, time)
        if let index = paths.firstIndex(where: { $0.path == path.path }) {
            paths[index].replies += 1
        } else {
            paths.append(PathCount(path: path.path, replies: 1))
        }
    }

    /// Lines for people, much as ping(8) ends.
    package func text(_ address: String) -> String {
        let loss = lossPercent == lossPercent.rounded() ? "\(Int(lossPercent))" : "\(lossPercent)"
        var lines = ["--- \(address) ---", "\(sent) sent, \(received) received, \(loss) % lost"]
        if let minimum, let mean, let maximum {
            let times = [Self.text(minimum), Self.text(mean), Self.text(maximum)].joined(separator: "/")
            lines.append("rtt min/avg/max = \(times) ms")
            if let contact {
                lines.append(
                    "first contact: the first answer took \(Self.text(contact)) ms longer than the best"
                )
            }
            lines.append("paths: " + paths.map { "\($0.replies) \(Self.word($0.path))" }.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    private static func word(_ path: PathKind) -> String {
        switch path {
        case .direct: "direct"
        case .relay: "through a relay"
        case .transit: "through a transit relay"
        case .none: "not through Teredo"
        case .contacting, .idle, .unknown: "on a path that is not known"
        }
    }

    /// A time in milliseconds with two decimals below 10, else with one.
    static func text(_ time: Duration) -> String { text(time / .milliseconds(1)) }

    private static func text(_ value: Double) -> String {
        Decimals.text(value, digits: value < 9.995 ? 2 : 1)
    }

    /// Seconds with as few decimals as it takes.
    static func seconds(_ time: Duration) -> String {
        let value = time / .seconds(1)
        return value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
    }
}

extension PingSummary: Encodable {
    /// The difference of the two times as JSON shows them.
    private var contactMilliseconds: Double? {
        guard contact != nil, let first, let minimum else { return nil }
        return Milliseconds.number(first) - Milliseconds.number(minimum)
    }

    private enum CodingKeys: String, CodingKey {
        case event
        case sent
        case received
        case lossPercent
        case minimumRoundTripMilliseconds
        case meanRoundTripMilliseconds
        case maximumRoundTripMilliseconds
        case contactMilliseconds
        case paths
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("summary", forKey: .event)
        try container.encode(sent, forKey: .sent)
        try container.encode(received, forKey: .received)
        try container.encode(lossPercent, forKey: .lossPercent)
        try container.encode(minimum.map(Milliseconds.number), forKey: .minimumRoundTripMilliseconds)
        try container.encode(mean, forKey: .meanRoundTripMilliseconds)
        try container.encode(maximum.map(Milliseconds.number), forKey: .maximumRoundTripMilliseconds)
        try container.encodeIfPresent(contactMilliseconds, forKey: .contactMilliseconds)
        try container.encode(paths, forKey: .paths)
    }
}
