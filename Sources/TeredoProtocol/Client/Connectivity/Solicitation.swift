import TeredoWire

/// The router solicitation that waits for its answer.
struct Solicitation: Hashable, Sendable {
    let server: IPv4Address
    let coneBit: Bool
    let nonce: UInt64
    let sentAt: ProtocolInstant
    /// How many solicitations of the phase were sent, this one included.
    private(set) var attempts: Int
    /// How long the answer may take.
    private var timeout = RFC4380.solicitationTimeout
    /// Whether it is to find out quickly that the server is gone, because there is another one.
    private(set) var isCheck = false
    /// Whether a check was in vain, and no other server has answered either so far.
    private(set) var isLostCheck = false
    /// The nonces of the earlier solicitations of a check, to which an answer may still come.
    private var earlierNonces: [UInt64] = []
    /// When the first solicitation of the phase was sent.
    private(set) var begunAt: ProtocolInstant

    init(server: IPv4Address, coneBit: Bool, nonce: UInt64, sentAt: ProtocolInstant, attempts: Int) {
        self.server = server
        self.coneBit = coneBit
        self.nonce = nonce
        self.sentAt = sentAt
        self.attempts = attempts
        begunAt = sentAt
    }

    var deadline: ProtocolInstant { sentAt + timeout }
    var isLast: Bool { attempts >= (isCheck ? Failover.checkLimit : RFC4380.solicitationLimit) }

    /// Continues the phase of `previous`.
    init(after previous: Self, nonce: UInt64, sentAt: ProtocolInstant) {
        server = previous.server
        coneBit = previous.coneBit
        self.nonce = nonce
        self.sentAt = sentAt
        attempts = previous.attempts + 1
        begunAt = previous.begunAt
        timeout = previous.timeout
        isCheck = previous.isCheck
        isLostCheck = previous.isLostCheck
        if isCheck { earlierNonces = previous.earlierNonces + [previous.nonce] }
    }

    /// Makes it the first one of a check, whose solicitations are `spacing` apart.
    mutating func check(spacing: Duration) {
        isCheck = true
        timeout = spacing
    }

    /// The check is over, and the next one goes at the usual pace.
    mutating func endCheck() {
        timeout = RFC4380.solicitationTimeout
        isCheck = false
        isLostCheck = true
        attempts = 1
    }

    /// The nonce that an advertisement has to return: the one that it has, when that is of an earlier solicitation of the
    /// same check.
    func nonce(of received: UInt64?) -> UInt64 {
        guard let received, earlierNonces.contains(received) else { return nonce }
        return received
    }
}
