import TeredoHost
package import TeredoProtocol

/// What a client knows about the relays towards native IPv6, by the hosts that it tried in the last ten minutes.
package struct NativeStatus: Hashable, Sendable, Codable {
    /// `unknown`: no host was tried; `reached`: at least one answers; `unanswered`: none does.
    package var state: String
    /// How many hosts were tried.
    package var hostsTried: Int
    /// How many of them answer.
    package var hostsAnswered: Int
    /// Seconds since a test was last answered; absent when none was.
    package var lastAnswerSeconds: Int?

    /// Makes a report; of no host unless told otherwise.
    package init(
        state: String = "unknown",
        hostsTried: Int = 0,
        hostsAnswered: Int = 0,
        lastAnswerSeconds: Int? = nil
    ) {
        self.state = state
        self.hostsTried = hostsTried
        self.hostsAnswered = hostsAnswered
        self.lastAnswerSeconds = lastAnswerSeconds
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
    package init(_ reachability: NativeReachability, now: ProtocolInstant) {
        hostsTried = reachability.tested
        hostsAnswered = reachability.answered
        state = hostsTried == 0 ? "unknown" : hostsAnswered == 0 ? "unanswered" : "reached"
        lastAnswerSeconds = reachability.lastAnswer.map {
            TimeText.wholeSeconds(nanoseconds: now.nanoseconds - $0.nanoseconds)
        }
    }
}
