package import TeredoProtocol

/// The data path counters as a status report shows them.
package struct StatusCounters: Hashable, Sendable, Codable {
    package var datagramsReceived: UInt64
    package var octetsReceived: UInt64
    package var datagramsSent: UInt64
    package var octetsSent: UInt64
    package var packetsAccepted: UInt64
    package var packetsDelivered: UInt64
    package var packetsCarried: UInt64
    package var bubblesReceived: UInt64
    package var bubblesSent: UInt64
    package var solicitations: UInt64
    package var advertisements: UInt64
    package var connectivityTests: UInt64
    package var icmpv6Errors: UInt64
    /// ICMPv4 errors heard, those that led to nothing included; why they did is among the drops.
    package var icmpv4Errors: UInt64
    /// Drops by reason; a reason that did not occur is left out.
    package var drops: DropCounters
    /// Whose datagrams were dropped most often in the last minute or two, at most 16.
    package var dropSources: [DroppedSource]
    /// What the system refused to take or give.
    package var system: SystemCounters

    /// Takes the counters of a machine and of its driver.
    package init(_ counters: TrafficCounters, system: SystemCounters, dropSources: [DroppedSource] = []) {
        datagramsReceived = counters.datagramsReceived
        octetsReceived = counters.octetsReceived
        datagramsSent = counters.datagramsSent
        octetsSent = counters.octetsSent
        packetsAccepted = counters.packetsAccepted
        packetsDelivered = counters.packetsDelivered
        packetsCarried = counters.packetsCarried
        bubblesReceived = counters.bubblesReceived
        bubblesSent = counters.bubblesSent
        solicitations = counters.solicitations
        advertisements = counters.advertisements
        connectivityTests = counters.connectivityTests
        icmpv6Errors = counters.icmpv6Errors
        icmpv4Errors = counters.icmpv4Errors
        drops = counters.drops
        self.dropSources = dropSources
        self.system = system
    }
}

/// What the system refused to take or give: losses outside the protocol.
package struct SystemCounters: Hashable, Sendable, Codable {
    /// Datagrams that the UDP socket refused, for example because the destination is unreachable.
    package var datagramsRefused: UInt64 = 0
    /// Datagrams lost because the send buffer was full.
    package var sendBufferFull: UInt64 = 0
    /// Datagrams that the kernel dropped before they were read, most of them because the buffer of the socket was full.
    package var receiveBufferFull: UInt64 = 0
    /// Packets that the interface or the IPv6 stack did not take.
    package var packetsRefused: UInt64 = 0
    /// Messages of several datagrams that the kernel did not split, so they left one by one.
    package var segmentationRefused: UInt64 = 0
    /// Super-packets that the kernel did not accept, so it got the packets one by one.
    package var coalescingRefused: UInt64 = 0
    /// Packets dropped because they met congestion on the way, and their transport knows no ECN (RFC 6040).
    package var congestionDropped: UInt64 = 0

    /// Packets lost because worker threads handed over more than was decided.
    package var handoverFull: UInt64 = 0
    /// Subscribers of the control socket that did not read what they asked for.
    package var subscribersDropped: UInt64 = 0

    /// All counters at zero.
    package init() {}

    /// Adds the counters of another thread.
    package mutating func add(_ other: Self) {
        datagramsRefused += other.datagramsRefused
        sendBufferFull += other.sendBufferFull
        receiveBufferFull += other.receiveBufferFull
        packetsRefused += other.packetsRefused
        segmentationRefused += other.segmentationRefused
        coalescingRefused += other.coalescingRefused
        congestionDropped += other.congestionDropped
        handoverFull += other.handoverFull
        subscribersDropped += other.subscribersDropped
    }
}
