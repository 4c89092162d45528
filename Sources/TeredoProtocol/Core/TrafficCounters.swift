/// What a role sent, received and dropped since it was made.
public struct TrafficCounters: Hashable, Sendable {
    /// Datagrams received from the IPv4 side, dropped ones included.
    public var datagramsReceived: UInt64 = 0
    /// Octets of UDP payload received.
    public var octetsReceived: UInt64 = 0
    /// Datagrams handed to the IPv4 side.
    public var datagramsSent: UInt64 = 0
    /// Octets of UDP payload sent.
    public var octetsSent: UInt64 = 0
    /// IPv6 packets taken from the host or the IPv6 side, dropped ones included.
    public var packetsAccepted: UInt64 = 0
    /// IPv6 packets handed to the host or the IPv6 side.
    public var packetsDelivered: UInt64 = 0
    /// Packets carried between two clients by a transit relay, or sent through one by a client.
    public var packetsCarried: UInt64 = 0
    /// Bubbles received, of whatever kind.
    public var bubblesReceived: UInt64 = 0
    /// Bubbles sent, of whatever kind.
    public var bubblesSent: UInt64 = 0
    /// Router solicitations sent (client) or received (server).
    public var solicitations: UInt64 = 0
    /// Router advertisements accepted (client) or sent (server).
    public var advertisements: UInt64 = 0
    /// Echo requests of the direct IPv6 connectivity test sent.
    public var connectivityTests: UInt64 = 0
    /// ICMPv6 errors sent.
    public var icmpv6Errors: UInt64 = 0
    /// ICMPv4 errors heard about what was sent, those that led to nothing included.
    public var icmpv4Errors: UInt64 = 0
    /// Drops by reason.
    public var drops = DropCounters()

    /// All counters at zero.
    public init() {}

    /// Counts datagrams that were received, with so many octets of UDP payload together.
    @inline(__always)
    mutating func recordReceived(octets: Int, datagrams: Int = 1) {
        datagramsReceived &+= UInt64(datagrams)
        octetsReceived &+= UInt64(octets)
    }

    /// Counts datagrams that are handed to the IPv4 side, with so many octets of UDP payload together.
    @inline(__always)
    mutating func recordSent(octets: Int, datagrams: Int = 1) {
        datagramsSent &+= UInt64(datagrams)
        octetsSent &+= UInt64(octets)
    }

    /// Adds the counters of another part of the same role.
    public mutating func add(_ other: Self) {
        datagramsReceived &+= other.datagramsReceived
        octetsReceived &+= other.octetsReceived
        datagramsSent &+= other.datagramsSent
        octetsSent &+= other.octetsSent
        packetsAccepted &+= other.packetsAccepted
        packetsDelivered &+= other.packetsDelivered
        packetsCarried &+= other.packetsCarried
        bubblesReceived &+= other.bubblesReceived
        bubblesSent &+= other.bubblesSent
        solicitations &+= other.solicitations
        advertisements &+= other.advertisements
        connectivityTests &+= other.connectivityTests
        icmpv6Errors &+= other.icmpv6Errors
        icmpv4Errors &+= other.icmpv4Errors
        for (reason, count) in other.drops.nonzero { drops.record(reason, amount: count) }
    }
}
