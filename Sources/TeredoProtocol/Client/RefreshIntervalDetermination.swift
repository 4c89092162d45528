import TeredoWire

/// The search for the longest refresh interval that the NAT tolerates (RFC 4380 section 5.2.7; client.md section 6).
struct RefreshIntervalDetermination: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// Not running.
        case idle
        /// Waiting for the owner to open the secondary port.
        case opening
        /// The secondary port is being qualified.
        case qualifying(Solicitation)
        /// Waiting for the candidate interval to pass.
        case waiting(until: ProtocolInstant)
        /// A bubble is on its way to the secondary port.
        case probing(attempts: Int, deadline: ProtocolInstant)
    }

    var step = Step.idle
    /// The Teredo address that the secondary port would have.
    var secondaryAddress: TeredoAddress?
    private(set) var maximum = RFC4380.maximumRefreshInterval
    private(set) var candidate = RFC4380.refreshInterval * 2

    var deadline: ProtocolInstant? {
        switch step {
        case .idle, .opening: nil
        case .qualifying(let solicitation): solicitation.deadline
        case .waiting(let until): until
        case .probing(_, let deadline): deadline
        }
    }

    /// Begins anew: the candidate is twice the interval in force.
    mutating func start(interval: Duration) {
        step = .opening
        maximum = max(RFC4380.maximumRefreshInterval, interval * 4)
        candidate = interval * 2
        secondaryAddress = nil
    }

    /// What a probe led to.
    enum Outcome: Hashable, Sendable {
        /// Go on; the interval in force is now this long.
        case proceed(interval: Duration)
        /// The search is over; the interval in force is now this long.
        case concluded(interval: Duration)
    }

    /// The mapping survived the candidate interval.
    ///
    /// The letter of the RFC ends the search after failures only and would go on for ever here; an interval of 75 % of
    /// the maximum is good enough after a success too.
    mutating func succeeded() -> Outcome {
        let interval = candidate
        candidate = min(interval * 2, (interval + maximum) / 2)
        return outcome(interval)
    }

    /// The mapping did not survive the candidate interval.
    mutating func failed(interval: Duration) -> Outcome {
        maximum = candidate
        candidate = (interval + maximum) / 2
        return outcome(interval)
    }

    private func outcome(_ interval: Duration) -> Outcome {
        interval * 4 >= maximum * 3 ? .concluded(interval: interval) : .proceed(interval: interval)
    }
}
