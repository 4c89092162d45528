import TeredoWire

/// The router solicitation that waits for its answer.
struct Solicitation: Hashable, Sendable {
    let server: IPv4Address
    let coneBit: Bool
    let nonce: UInt64
    let sentAt: ProtocolInstant
    /// How many solicitations of the phase were sent, this one included.
    let attempts: Int

    var deadline: ProtocolInstant { sentAt + RFC4380.solicitationTimeout }
    var isLast: Bool { attempts >= RFC4380.solicitationLimit }
}
