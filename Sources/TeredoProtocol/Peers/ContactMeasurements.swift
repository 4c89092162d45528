import TeredoWire

/// What a client or relay measured about its contacts with peers, as long as it runs.
public struct ContactMeasurements: Hashable, Sendable {
    /// From the first packet that had to wait for a peer to the moment when the packets could go: directly, or through a
    /// transit relay.
    ///
    /// Contacts that failed are not in it.
    public private(set) var firstContacts = DurationHistogram()
    /// From a bubble, or the echo request of a connectivity test, to what answered it.
    public private(set) var roundTrips = DurationHistogram()
    /// How long each packet waited that went on: packets of the host until its peer was reached, packets of a peer until the
    /// peer had proved where it is.
    ///
    /// Dropped ones are not in it.
    public private(set) var queueTimes = DurationHistogram()

    /// What was measured; nothing yet unless told otherwise.
    public init(
        firstContacts: DurationHistogram = DurationHistogram(),
        roundTrips: DurationHistogram = DurationHistogram(),
        queueTimes: DurationHistogram = DurationHistogram()
    ) {
        self.firstContacts = firstContacts
        self.roundTrips = roundTrips
        self.queueTimes = queueTimes
    }

    /// An answer came.
    mutating func recordRoundTrip(_ time: Duration) { roundTrips.record(time) }

    /// A packet that waited goes on.
    mutating func recordWait(of packet: QueuedPacket, now: ProtocolInstant) { queueTimes.record(now - packet.since) }

    /// The packets that waited for a peer can go, the first of them is the oldest; `isFirst` unless the peer was reached
    /// on another way all the time.
    mutating func recordDeparture(of packets: [QueuedPacket], isFirst: Bool, now: ProtocolInstant) {
        guard let oldest = packets.first else { return }
        if isFirst { firstContacts.record(now - oldest.since) }
        for packet in packets { recordWait(of: packet, now: now) }
    }
}
