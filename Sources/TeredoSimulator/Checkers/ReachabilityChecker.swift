import TeredoWire

/// When the faults are over, hosts reach each other within bounded time.
public enum ReachabilityChecker {
    /// Two hosts of which the first begins.
    public struct Pair: Hashable, Sendable {
        /// Who sends the pings.
        public let from: HostName
        /// Who answers.
        public let to: HostName

        /// Makes a pair.
        public init(_ from: HostName, _ to: HostName) {
            self.from = from
            self.to = to
        }
    }

    /// Who does not reach whom; empty when all is well.
    ///
    /// Each pair tries with a ping every 15 s, at most `patience` long, one pair after the other.
    public static func violations(
        in internet: SimulatedInternet,
        pairs: [Pair],
        patience: Duration,
        timeout: Duration
    ) -> [String] {
        pairs.compactMap { pair in
            let begin = internet.now
            var outcome = PingOutcome.timeout
            repeat {
                let start = internet.now
                outcome = internet.ping(from: pair.from, to: pair.to, timeout: timeout)
                if outcome.isReply { return nil }
                internet.run(for: max(.zero, .seconds(15) - (internet.now - start)))
            } while internet.now - begin < patience
            return "\(pair.from.rawValue) does not reach \(pair.to.rawValue) within \(patience): \(outcome)"
        }
    }
}
