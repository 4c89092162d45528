/// What the clients did together.
package struct LoadPopulationReport: Codable, Hashable, Sendable {
    /// Sessions that began.
    package var arrivals: UInt64
    /// Sessions that ended.
    package var departures: UInt64
    /// The most clients at once.
    package var mostOnline: Int
    /// How many were there at the end.
    package var online: Int
    /// How many of those had an address.
    package var qualified: Int
    /// How often three solicitations in a row had no answer.
    package var failedQualifications: UInt64
    /// How often three echo tests in a row had no answer.
    package var failedTests: UInt64
    /// Bubbles of relays that were answered.
    package var bubblesAnswered: UInt64
    /// Datagrams that were sent.
    package var datagramsSent: UInt64
    /// Packets that came in.
    package var packetsReceived: UInt64
    /// Datagrams sent a second after the warm-up.
    package var datagramsSentPerSecond: Double
    /// Packets received a second after the warm-up.
    package var packetsReceivedPerSecond: Double
    /// Packets for clients that came faster than they were read: no fault of a server or relay.
    package var interfaceDrops: UInt64?
    /// Packets that the kernel did not take.
    package var refusedPackets: UInt64
}
