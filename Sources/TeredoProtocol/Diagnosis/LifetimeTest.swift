import TeredoWire

/// Ports that stay idle for different times, after which the server is made to send to each (RFC 4787 section 4.3).
///
/// A port is asked once only, because the datagram that comes in may renew the mapping.
struct LifetimeTest: Sendable {
    struct Trial: Sendable {
        let idle: Duration
        let identity: IPv6Address
        var attempts = 0
        var deadline: ProtocolInstant?
        var isAlive: Bool?
        /// Whether the port got no mapping, so that nothing can be learnt from it.
        var isAbandoned = false
    }

    private(set) var trials: [Trial]

    /// Trials up to `limit`.
    init(limit: Duration, using generator: inout any RandomNumberGenerator & Sendable) {
        trials = []
        for seconds in Self.idleSeconds where .seconds(seconds) <= limit {
            trials.append(
                Trial(idle: .seconds(seconds), identity: TeredoLinkLocal.keyed(identifier: generator.next()))
            )
        }
    }

    private static let idleSeconds = [5, 10, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300, 420, 600]
    private static let attemptLimit = 3
    private static let pause = Duration.seconds(1)

    /// A mapping that is gone settles the longer times too.
    var isOver: Bool {
        trials.allSatisfy { $0.isAlive != nil || $0.isAbandoned } || trials.contains { $0.isAlive == false }
    }
    var deadline: ProtocolInstant? { isOver ? nil : trials.compactMap(\.deadline).min() }

    var result: NATReport.Lifetime? {
        let alive = trials.filter { $0.isAlive == true }.map(\.idle).max()
        let gone = trials.first { $0.isAlive == false }?.idle
        guard alive != nil || gone != nil else { return nil }
        return NATReport.Lifetime(atLeast: alive ?? .zero, lessThan: gone)
    }

    /// The mapping of a trial was made or used last at `time`.
    mutating func begin(_ index: Int, at time: ProtocolInstant) {
        trials[index].deadline = time + trials[index].idle
    }

    /// Leaves a trial out.
    mutating func abandon(_ index: Int) { trials[index].isAbandoned = true }

    /// The trials whose server must send now.
    mutating func due(now: ProtocolInstant) -> [Int] {
        var due: [Int] = []
        for index in trials.indices {
            guard let deadline = trials[index].deadline, deadline <= now else { continue }
            guard trials[index].attempts < Self.attemptLimit else {
                trials[index].deadline = nil
                trials[index].isAlive = false
                continue
            }
            trials[index].attempts += 1
            trials[index].deadline = now + Self.pause
            due.append(index)
        }
        return due
    }

    /// Whether `source` is the identity of the trial on this port, which lives then.
    mutating func accept(_ source: IPv6Address, on index: Int) -> Bool {
        guard trials.indices.contains(index), trials[index].identity == source, trials[index].attempts > 0 else {
            return false
        }
        trials[index].isAlive = true
        trials[index].deadline = nil
        return true
    }
}
