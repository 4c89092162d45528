import TeredoWire

/// What a client knows of one relay that was proved for a native host: the siblings that the relay names (docs/fleet.md).
struct RelayFleet: Sendable {
    /// A question that is under way.
    struct Question: Sendable {
        let nonce: UInt64
        var attempts = 1
        var deadline: ProtocolInstant
    }

    /// Where the relay is.
    let relay: Destination
    /// The siblings that it named last.
    private(set) var siblings: [UDPEndpoint] = []
    /// When it answered last.
    private(set) var answeredAt: ProtocolInstant?
    /// The question under way.
    var question: Question?
    /// The native host by which the relay was proved last.
    private(set) var host: IPv6Address
    /// When a packet of such a host came in elsewhere.
    private(set) var usedAt: ProtocolInstant

    /// Whether the relay gave no answer when it was asked: it is not asked again while this is remembered.
    private(set) var isSilent = false

    /// How often a relay with siblings is asked while its hosts are heard through them, and how often when they were silent since it
    /// answered.
    private static let busyInterval = Duration.milliseconds(500)
    private static let checkInterval = Duration.seconds(2)
    /// How long it is asked after such a packet.
    private static let checkDuration = Duration.seconds(30)

    init(relay: Destination, host: IPv6Address, now: ProtocolInstant) {
        self.relay = relay
        self.host = host
        usedAt = now
    }

    /// A packet of a native host came in elsewhere.
    mutating func noteUse(by host: IPv6Address, now: ProtocolInstant) {
        self.host = host
        usedAt = now
    }

    /// When the relay is asked again, so that its death is noticed; `nil` when that is not needed, or it is being asked.
    var checkDeadline: ProtocolInstant? {
        guard question == nil, !siblings.isEmpty, let answeredAt else { return nil }
        let next = answeredAt + (usedAt > answeredAt ? Self.busyInterval : Self.checkInterval)
        return next <= usedAt + Self.checkDuration ? next : nil
    }

    /// Whether a packet that came in elsewhere is a reason to ask: nothing is known, or nothing new.
    func isUnknown(now: ProtocolInstant) -> Bool {
        guard question == nil, !isSilent else { return false }
        return answeredAt.map { now - $0 >= Self.checkDuration } ?? true
    }

    /// The relay answered.
    mutating func adopt(_ siblings: [UDPEndpoint], now: ProtocolInstant) {
        self.siblings = siblings
        answeredAt = now
        question = nil
    }

    /// The relay did not answer; returns whether it did before.
    mutating func giveUp() -> Bool {
        question = nil
        isSilent = answeredAt == nil
        return !isSilent
    }
}
