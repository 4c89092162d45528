import TeredoWire

/// How a client with another server to go to makes sure that its server is there: questions in quick succession.
struct ServerCheck: Hashable, Sendable {
    /// Whether every question is a bubble to the client itself; a few are a solicitation as well.
    let usesEcho: Bool
    /// How many questions have to stay unanswered.
    let limit: Int
    /// The pause after each question.
    private let spacing: Duration

    /// `roundTrip` is that of the server in use.
    init(usesEcho: Bool, limit: Int, roundTrip: Duration) {
        self.usesEcho = usesEcho
        if usesEcho {
            self.limit = limit
            spacing = min(max(Failover.checkSpacing, roundTrip * 3 / 2), RFC4380.solicitationTimeout)
        } else {
            let late = min((limit - Failover.checkLimit) / 2, Failover.lateSolicitationLimit)
            self.limit = Failover.solicitationLimit + late
            spacing = min(max(Failover.solicitationSpacing, roundTrip * 3), RFC4380.solicitationTimeout)
        }
    }

    /// Whether a question, counted from 1, is a solicitation, too.
    func solicits(_ attempt: Int) -> Bool { !usesEcho || Failover.solicitingAttempts.contains(attempt) }

    /// How long the answer to a question may take before the next one; late solicitations keep their distance (SEC-39).
    func pause(after attempt: Int) -> Duration {
        usesEcho || attempt < Failover.solicitationLimit || attempt == limit && limit == Failover.solicitationLimit
            ? spacing : RFC4380.solicitationTimeout
    }
}
