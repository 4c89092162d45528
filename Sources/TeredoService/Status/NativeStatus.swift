import TeredoProtocol

/// What a client knows about the relays towards native IPv6, by the hosts that it tried in the last ten minutes.
package struct NativeStatus: Hashable, Sendable, Codable {
    /// `unknown`: no host was tried; `reached`: one at least answers; `unanswered`: none does.
    package var state = "unknown"
    /// How many hosts were tried.
    package var hostsTried = 0
    /// How many of them answer.
    package var hostsAnswered = 0
    /// Seconds since a test was last answered; absent when none was.
    package var lastAnswerSeconds: Int?

    /// Whether several hosts were tried and none answers, so that it is hardly up to the hosts.
    var isWithoutRelay: Bool { hostsAnswered == 0 && hostsTried > 1 }

    /// The knowledge in words.
    var phrase: String {
        switch (hostsTried, hostsAnswered) {
        case (0, _): "not known: no native host was tried lately"
        case (1, 0): "not known: the only native host tried lately does not answer"
        case (_, 0): "no relay answers: none of the \(hostsTried) hosts tried lately was reached"
        default: "reached: \(hostsAnswered) of \(hostsTried) hosts tried lately answer through a relay"
        }
    }
}

extension NativeStatus {
    init(_ reachability: NativeReachability, now: ProtocolInstant) {
        hostsTried = reachability.tested
        hostsAnswered = reachability.answered
        state = hostsTried == 0 ? "unknown" : hostsAnswered == 0 ? "unanswered" : "reached"
        lastAnswerSeconds = reachability.lastAnswer.map { ServiceRuntime.seconds(now.nanoseconds - $0.nanoseconds) }
    }
}
