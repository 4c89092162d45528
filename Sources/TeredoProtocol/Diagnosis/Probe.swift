import TeredoWire

/// One question to a server address, repeated until it is answered or given up.
struct Probe: Sendable {
    struct Attempt: Sendable {
        let nonce: UInt64
        let time: ProtocolInstant
    }

    let port: ProbePort
    let server: IPv4Address
    /// Where the answer must come from: the other address for the filtering probe.
    let answerer: IPv4Address
    /// The pauses after each attempt; the last one ends in giving up.
    let pauses: [Duration]
    private(set) var attempts: [Attempt] = []
    /// When the next attempt is due, or when the probe is given up; `nil` when it is over or not begun.
    var deadline: ProtocolInstant?
    private(set) var mappedEndpoint: UDPEndpoint?
    private(set) var roundTrip: Duration?
    private(set) var answeredAt: ProtocolInstant?
    var isGivenUp = false

    init(_ port: ProbePort, to server: IPv4Address, answerer: IPv4Address? = nil, pauses: [Duration] = standardPauses) {
        self.port = port
        self.server = server
        self.answerer = answerer ?? server
        self.pauses = pauses
    }

    /// Lost datagrams are repeated after 1 s and 2 s; a blocked server is known after 7 s.
    static let standardPauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4)]

    var coneBit: Bool { answerer != server }
    /// Whether the probe asks an address where the port is seen after a datagram from the secondary address came to it that
    /// nobody had asked there for.
    var isAfterStray: Bool { port == .filtering && !coneBit }
    var isAnswered: Bool { mappedEndpoint != nil }
    var isOver: Bool { isAnswered || isGivenUp }
    /// Whether the probe neither began nor is given up.
    var isIdle: Bool { deadline == nil && attempts.isEmpty && !isOver }
    var isExhausted: Bool { attempts.count >= pauses.count }

    mutating func begin(at time: ProtocolInstant) {
        guard isIdle else { return }
        deadline = time
    }

    mutating func recordAttempt(nonce: UInt64, now: ProtocolInstant) {
        deadline = now + pauses[attempts.count]
        attempts.append(Attempt(nonce: nonce, time: now))
    }

    mutating func recordAnswer(_ endpoint: UDPEndpoint, to attempt: Attempt, now: ProtocolInstant) {
        mappedEndpoint = endpoint
        roundTrip = now - attempt.time
        answeredAt = now
        deadline = nil
        isGivenUp = false
    }

    mutating func giveUp() {
        isGivenUp = true
        deadline = nil
    }
}
