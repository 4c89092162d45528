import TeredoWire

/// The router solicitation that waits for its answer.
struct Solicitation: Hashable, Sendable {
    let server: IPv4Address
    let coneBit: Bool
    let nonce: UInt64
    let sentAt: ProtocolInstant
    /// How many solicitations of the phase were sent, this one included.
    var attempts: Int
    /// How long the answer may take.
    var timeout = RFC4380.solicitationTimeout
    /// Whether it is to find out quickly that the server is gone, because there is another one.
    var isCheck = false
    /// Whether a check was in vain, and no other server has answered either so far.
    var isLostCheck = false
    /// The nonces of the earlier solicitations of a check, to which an answer may still come.
    var earlierNonces: [UInt64] = []
    /// When the first solicitation of the phase was sent.
    var begunAt: ProtocolInstant

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
    mutating func follow(_ previous: Solicitation) {
        begunAt = previous.begunAt
        timeout = previous.timeout
        isCheck = previous.isCheck
        isLostCheck = previous.isLostCheck
        if isCheck { earlierNonces = previous.earlierNonces + [previous.nonce] }
    }

    /// The nonce that an advertisement has to return: the one that it has, when that is of an earlier solicitation of the
    /// same check.
    func nonce(of received: UInt64?) -> UInt64 {
        guard let received, earlierNonces.contains(received) else { return nonce }
        return received
    }
}
