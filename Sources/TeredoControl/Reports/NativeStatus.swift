package import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// What a client knows about the relays towards native IPv6, by the hosts that it tried in the last ten minutes.
package struct NativeStatus: Hashable, Sendable, Codable {
    /// What came of trying.
    package enum State: String, Hashable, Sendable, Codable {
        /// No host was tried.
        case unknown
        /// At least one answers.
        case reached
        /// None does.
        case unanswered
    }

    /// What came of trying.
    package let state: State
    /// How many hosts were tried.
    package let hostsTried: Int
    /// How many of them answer.
    package let hostsAnswered: Int
    /// How long ago a test was last answered; `nil` when none was.
    @JSONTimeIfKnown<Seconds> package private(set) var lastAnswer: Duration?

    private enum CodingKeys: String, CodingKey {
        case state, hostsTried, hostsAnswered
        case lastAnswer = "answeredSeconds"
    }

    /// Makes a report; of no host unless told otherwise.
    package init(hostsTried: Int = 0, hostsAnswered: Int = 0, lastAnswer: Duration? = nil) {
        state = hostsTried == 0 ? .unknown : hostsAnswered == 0 ? .unanswered : .reached
        self.hostsTried = hostsTried
        self.hostsAnswered = hostsAnswered
        self.lastAnswer = lastAnswer
    }

    /// Whether several hosts were tried and none answers, so that the hosts are hardly to blame.
    package var isWithoutRelay: Bool { hostsAnswered == 0 && hostsTried > 1 }

    /// The knowledge in words.
    package var phrase: String {
        switch (hostsTried, hostsAnswered) {
        case (0, _): "not known: no native host was tried recently"
        case (1, 0): "not known: the only native host tried recently does not answer"
        case (_, 0): "no relay answers: none of the \(hostsTried) hosts tried recently was reached"
        default: "reached: \(hostsAnswered) of \(hostsTried) hosts tried recently answer through a relay"
        }
    }
}

extension NativeStatus {
    /// What a client knows at `now`.
    package init(_ reachability: NativeReachability, now: ProtocolInstant) {
        self.init(
            hostsTried: reachability.tested,
            hostsAnswered: reachability.answered,
            lastAnswer: reachability.lastAnswer.map { now - $0 }
        )
    }
}
