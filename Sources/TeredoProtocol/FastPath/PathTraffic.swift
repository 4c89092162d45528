/// What was moved along direct paths without asking the machine about each packet.
public struct PathTraffic: Hashable, Sendable {
    /// Datagrams received.
    public var datagramsReceived: UInt64 = 0
    /// Octets of UDP payload received.
    public var octetsReceived: UInt64 = 0
    /// Datagrams sent, each with a packet taken from the host.
    public var datagramsSent: UInt64 = 0
    /// Octets of UDP payload sent.
    public var octetsSent: UInt64 = 0

    /// Nothing yet.
    public init() {}
}

extension TrafficCounters {
    /// These counters with traffic on direct paths added, all of which was delivered or taken.
    public func adding(_ traffic: PathTraffic) -> Self {
        var sum = self
        sum.datagramsReceived &+= traffic.datagramsReceived
        sum.octetsReceived &+= traffic.octetsReceived
        sum.packetsDelivered &+= traffic.datagramsReceived
        sum.datagramsSent &+= traffic.datagramsSent
        sum.octetsSent &+= traffic.octetsSent
        sum.packetsAccepted &+= traffic.datagramsSent
        return sum
    }
}
