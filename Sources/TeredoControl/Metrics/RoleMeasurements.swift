package import TeredoLinux
package import TeredoProtocol

/// What a running role measured beside what its report says; `nil` stands for what a role of its kind does not measure.
package struct RoleMeasurements: Hashable, Sendable {
    /// When the role was started, by the clock on the wall as it was set then.
    package var started: WallTime
    /// Packets that wait for their peers.
    package var queuedPackets: Int?
    /// The octets of these packets.
    package var queuedOctets: Int?
    /// How contacts with peers went.
    package var contacts: ContactMeasurements?
    /// How long a client was without an address, each time that it got one.
    package var qualifications: DurationHistogram?

    /// Makes a report out of its parts.
    package init(
        started: WallTime,
        queuedPackets: Int? = nil,
        queuedOctets: Int? = nil,
        contacts: ContactMeasurements? = nil,
        qualifications: DurationHistogram? = nil
    ) {
        self.started = started
        self.queuedPackets = queuedPackets
        self.queuedOctets = queuedOctets
        self.contacts = contacts
        self.qualifications = qualifications
    }
}
