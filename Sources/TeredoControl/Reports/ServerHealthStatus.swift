import TeredoHost
package import TeredoProtocol
import TeredoWire

/// What a running client reports about one of its servers; `nil` stands for unknown.
package struct ServerHealthStatus: Hashable, Sendable, Codable {
    /// The primary address.
    package var address: String
    /// The secondary address; absent when there is none.
    package var secondaryAddress: String?
    /// `in-use`, `standby` (answers, another one is in use), `silent` or `unknown` (nothing known yet).
    package var state: String
    /// How many milliseconds a solicitation and its answer take, smoothed.
    package var rttMilliseconds: Double?
    /// Seconds since it last answered.
    package var answeredSeconds: Int?
    /// How many questions in a row it has not answered.
    package var unanswered: Int
    /// Whether the administrator lists it; one in use that was removed from the list stays until nothing uses it.
    package var listed: Bool

    /// Makes a report out of its parts.
    package init(
        address: String,
        secondaryAddress: String? = nil,
        state: String,
        rttMilliseconds: Double? = nil,
        answeredSeconds: Int? = nil,
        unanswered: Int,
        listed: Bool
    ) {
        self.address = address
        self.secondaryAddress = secondaryAddress
        self.state = state
        self.rttMilliseconds = rttMilliseconds
        self.answeredSeconds = answeredSeconds
        self.unanswered = unanswered
        self.listed = listed
    }

    /// The report in words.
    var phrase: String {
        var parts = ["\(address): \(Self.words[state] ?? state)"]
        if let rttMilliseconds { parts.append(TimeText.milliseconds(rttMilliseconds)) }
        if let answeredSeconds { parts.append("answered \(TimeText.duration(seconds: answeredSeconds)) ago") }
        if unanswered > 0 {
            let count = unanswered == 1 ? "once" : "\(unanswered) times"
            parts.append("unanswered \(count)" + (answeredSeconds == nil ? "" : " since"))
        }
        if !listed { parts.append("no longer listed") }
        return parts.joined(separator: ", ")
    }

    private static let words = ["in-use": "in use", "unknown": "not known yet"]
}

extension ServerHealthStatus {
    package init(_ server: ServerHealth, now: ProtocolInstant) {
        address = server.addresses.primary.description
        secondaryAddress = server.addresses.secondary?.description
        state = server.state.rawValue
        rttMilliseconds = server.roundTrip.map { ($0 / .microseconds(100)).rounded() / 10 }
        answeredSeconds = server.lastAnswer.map {
            TimeText.wholeSeconds(nanoseconds: max(0, now.nanoseconds - $0.nanoseconds))
        }
        unanswered = server.failures
        listed = server.isListed
    }
}
