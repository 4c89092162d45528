import TeredoWire

/// The router solicitation that waits for its answer.
struct Solicitation: Hashable, Sendable {
    /// A solicitation of the phase before this one, to which an answer may still come.
    private struct Earlier: Hashable, Sendable {
        let nonce: UInt64
        let sentAt: ProtocolInstant
    }

    let server: IPv4Address
    let coneBit: Bool
    let nonce: UInt64
    let sentAt: ProtocolInstant
    /// How many solicitations of the phase were sent, this one included.
    private(set) var attempts: Int
    /// How it is found out quickly that the server is gone, because there is another one; `nil` otherwise.
    private(set) var check: ServerCheck?
    /// Whether the first question of a check is a solicitation in any case.
    private var solicitsAtOnce = false
    /// Whether a check was in vain, and no other server has answered either so far.
    private(set) var isLostCheck = false
    /// The last ones before this one: with a round trip of more than 4 s no answer comes before the next one left.
    private var earlier: [Earlier] = []
    /// Whether the network says, beyond doubt, that this solicitation did not arrive.
    private(set) var isRefused = false
    /// How many solicitations in a row it said that of, this one included.
    private(set) var refusals = 0
    /// Whether the network says so without a proof: then the phase ends with this solicitation.
    private var isDoubted = false
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

    var deadline: ProtocolInstant { sentAt + (check?.pause(after: attempts) ?? RFC4380.solicitationTimeout) }
    var isLast: Bool { isDoubted || attempts >= (check?.limit ?? RFC4380.solicitationLimit) }
    var isCheck: Bool { check != nil }
    /// Whether this question is a solicitation; bubbles to the client itself go beside it.
    var isSolicitation: Bool { check?.solicits(attempts) ?? true || solicitsAtOnce && attempts == 1 }

    /// Continues the phase of `previous`.
    init(after previous: Self, nonce: UInt64, sentAt: ProtocolInstant) {
        server = previous.server
        coneBit = previous.coneBit
        self.nonce = nonce
        self.sentAt = sentAt
        attempts = previous.attempts + 1
        begunAt = previous.begunAt
        check = previous.check
        isLostCheck = previous.isLostCheck
        refusals = previous.isRefused ? previous.refusals : 0
        earlier =
            previous.earlier.suffix(Self.earlierLimit - 1) + [Earlier(nonce: previous.nonce, sentAt: previous.sentAt)]
    }

    /// Makes it the first question of a check.
    mutating func begin(_ check: ServerCheck, solicitsAtOnce: Bool) {
        self.check = check
        self.solicitsAtOnce = solicitsAtOnce
    }

    /// The check is over, and the next one goes at the usual pace.
    mutating func endCheck() {
        check = nil
        isLostCheck = true
        attempts = 1
        refusals = 0
    }

    /// The network says, with the nonce, that it did not arrive.
    mutating func refuse() {
        if !isRefused { refusals += 1 }
        isRefused = true
    }

    /// The network says so, but not of what.
    mutating func doubt() { isDoubted = true }

    /// Whether the nonce is of this solicitation, or of an earlier one of the same phase.
    func has(_ nonce: UInt64) -> Bool { self.nonce(of: nonce) == nonce }

    /// The nonce that an advertisement has to return: the one that it has, when that is of an earlier solicitation of the
    /// same phase.
    func nonce(of received: UInt64?) -> UInt64 {
        guard let received, earlier.contains(where: { $0.nonce == received }) else { return nonce }
        return received
    }

    /// When the solicitation with this nonce was sent.
    func sentAt(of nonce: UInt64) -> ProtocolInstant { earlier.first { $0.nonce == nonce }?.sentAt ?? sentAt }

    /// Enough for the questions of the longest check, and for a round trip of three pauses.
    private static let earlierLimit = 24
}
