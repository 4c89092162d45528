import TeredoControl
import TeredoHost
import TeredoProtocol
import TeredoWire

/// The answer to "can the two of us connect?": predicted, then tried.
package struct ConnectionReport: Hashable, Sendable {
    /// What was predicted.
    package let forecast: ConnectionForecast
    /// What came of trying; `nil` when no running client could try.
    package let trial: ConnectionTrial?
    /// Why nobody tried.
    package let untriedReason: String?

    /// Puts an answer together.
    package init(_ forecast: ConnectionForecast, trial: ConnectionTrial?, untriedReason: String? = nil) {
        self.forecast = forecast
        self.trial = trial
        self.untriedReason = untriedReason
    }

    /// Whether the two connect, as far as is known.
    package var connects: Bool { trial.map { $0.path != .none } ?? (forecast.outcome != .none) }

    /// Lines without a trailing newline.
    package var text: String {
        var table = TextTable()
        table.append(["With", ": \(forecast.peer)"])
        table.append(["NAT Here", ": \(forecast.ownPhrase)"])
        table.append(["NAT There", ": \(forecast.otherPhrase)"])
        table.append(["Forecast", ": \(forecast.phrase)"])
        table.append(["Tried", ": \(triedPhrase)"])
        return (table.lines + ["", "Verdict: \(verdict)"]).joined(separator: "\n")
    }

    private var verdict: String {
        guard let trial else {
            return connects ? "the two should connect; start a client to try it." : "the two cannot connect."
        }
        switch trial.path {
        case .direct: return "the two connect directly."
        case .transit: return "the two connect through a transit relay."
        case .relay: return "the two connect through a relay."
        case .contacting, .idle, .none, .unknown:
            return "the two do not connect now. \(suspicion)"
        }
    }

    /// What may be the cause when everything else says that the two connect.
    private var suspicion: String {
        let remembersHere = !forecast.own.isEmpty && forecast.own.allSatisfy { $0 != $0.forgetful }
        guard remembersHere else {
            return
                "Is the other side online? Does its NAT box remember stray packets ('stray-memory' in a check there)?"
        }
        return """
            The NAT box here remembers stray packets: what the other side sent first keeps it deaf until it was silent for 30 \
            seconds. Drop such packets on the box (teredo check --explain stray-memory). Is the other side online?
            """
    }

    private var triedPhrase: String {
        guard let trial else { return "no: \(untriedReason ?? "no client is running here")" }
        guard trial.path != .none else {
            return "no answer within \(Seconds.number(ConnectionTrial.timeLimit)) seconds"
        }
        var text = trial.path.rawValue + (trial.endpoint.map { ", \($0)" } ?? "")
        if let time = trial.searchTime { text += ", found after \(WholeMilliseconds.number(time)) ms" }
        if let time = trial.roundTrip { text += ", round trip \(TimeText.milliseconds(time))" }
        return text
    }
}

extension ConnectionReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case with, connects, forecast, sameSite, natHere, natThere, obstacles, tried
    }

    /// The stable form for scripts: every key is always there, unknown values are null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(forecast.peer, forKey: .with)
        try container.encode(connects, forKey: .connects)
        try container.encode(forecast.outcome.rawValue, forKey: .forecast)
        try container.encode(forecast.isSameSite, forKey: .sameSite)
        try container.encode(forecast.own.map(\.rawValue).sorted(), forKey: .natHere)
        try container.encode(forecast.other.map(\.rawValue).sorted(), forKey: .natThere)
        try container.encode(forecast.obstacles.map(\.rawValue).sorted(), forKey: .obstacles)
        try container.encode(trial, forKey: .tried)
    }
}
