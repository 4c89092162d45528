/// The times of a client with several servers; no RFC knows such a client.
enum Failover {
    /// How long the first solicitation may wait for its answer before other servers are asked too.
    static let raceDelay = Duration.seconds(1)
    /// How much later each further server is asked.
    static let raceSpacing = Duration.milliseconds(300)
    /// The least time between the questions with which a client makes sure that its server is gone.
    static let checkSpacing = Duration.milliseconds(250)
    /// How many of them there are at least.
    static let checkLimit = 7
    /// The questions of a check that are solicitations, and are put to the servers that are not in use too: fewer than an echo
    /// test of RFC 6081 may send in 3 s (SEC-39).
    static let solicitingAttempts: Set = [2, 4, 6]
    /// How many solicitations there are when the server answers nothing else, so far apart, and how many more may come later.
    static let solicitationLimit = 4
    static let solicitationSpacing = Duration.milliseconds(500)
    static let lateSolicitationLimit = 6
    /// How many times as long the pause between questions becomes at most where they get lost.
    static let slowdown = 3
    /// How long bubbles alone are signs of life: some things are only in advertisements.
    static let advertisementLifetime = Duration.seconds(300)
    /// How often servers that are not in use are asked while they answer.
    static let standbyInterval = Duration.seconds(60)
    /// The longest pause between questions to a server that does not answer.
    static let longestPause = Duration.seconds(300)
    /// How long a preferred server has to answer before the client returns to it; twice as long after each further loss.
    static let stability = Duration.seconds(600)
    /// The range of the time above in percent: those who left a server together do not return together.
    static let patience = 100...200
    /// How long no peer may have used the address before it is given up for another one.
    static let idleTime = Duration.seconds(300)
    /// After this time in use a loss is the first one again.
    static let flapMemory = Duration.seconds(3600)
}
