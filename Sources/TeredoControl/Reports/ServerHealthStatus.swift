package import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// What a running client reports about one of its servers; `nil` stands for unknown.
package struct ServerHealthStatus: Hashable, Sendable, Codable {
    /// The primary address.
    package var address: IPv4Address
    /// The secondary address; absent when there is none.
    package var secondaryAddress: IPv4Address?
    /// What the server is to the client.
    package var state: ServerHealth.State
    /// How long a solicitation and its answer take, smoothed.
    @JSONTimeIfKnown<TenthsOfMilliseconds> package var roundTrip: Duration?
    /// How long ago it last answered.
    @JSONTimeIfKnown<Seconds> package var answered: Duration?
    /// How many questions in a row it has not answered.
    package var unanswered: Int
    /// Whether the administrator lists it; one in use that was removed from the list stays until nothing uses it.
    package var listed: Bool

    private enum CodingKeys: String, CodingKey {
        case address, secondaryAddress, state
        case roundTrip = "roundTripMilliseconds"
        case answered = "answeredSeconds"
        case unanswered, listed
    }

    /// Makes a report out of its parts.
    package init(
        address: IPv4Address,
        secondaryAddress: IPv4Address? = nil,
        state: ServerHealth.State,
        roundTrip: Duration? = nil,
        answered: Duration? = nil,
        unanswered: Int,
        listed: Bool
    ) {
        self.address = address
        self.secondaryAddress = secondaryAddress
        self.state = state
        self.roundTrip = roundTrip
        self.answered = answered
        self.unanswered = unanswered
        self.listed = listed
    }

    /// The report in words.
    var phrase: String {
        var parts = ["\(address): \(word)"]
        if let roundTrip { parts.append(TimeText.milliseconds(roundTrip)) }
        if let answered { parts.append("answered \(TimeText.duration(answered)) ago") }
        if unanswered > 0 {
            let count = unanswered == 1 ? "once" : "\(unanswered) times"
            parts.append("unanswered \(count)" + (answered == nil ? "" : " since"))
        }
        if !listed { parts.append("no longer listed") }
        return parts.joined(separator: ", ")
    }

    private var word: String {
        switch state {
        case .inUse: "in use"
        case .standby: "standby"
        case .silent: "silent"
        case .unknown: "not known yet"
        }
    }
}

extension ServerHealthStatus {
    /// What a client knows of a server at `now`.
    package init(_ server: ServerHealth, now: ProtocolInstant) {
        self.init(
            address: server.addresses.primary,
            secondaryAddress: server.addresses.secondary,
            state: server.state,
            roundTrip: server.roundTrip,
            answered: server.lastAnswer.map { max(.zero, now - $0) },
            unanswered: server.failures,
            listed: server.isListed
        )
    }
}
