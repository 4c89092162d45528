import TeredoProtocol
import TeredoWire

/// No node turns few datagrams into many, and solicitations keep their distance (SEC-39, SEC-40, SEC-45).
public enum AmplificationChecker {
    /// What is wrong; empty when all is well.
    ///
    /// `packets` is how many packets the hosts themselves sent so far.
    public static func violations(in internet: SimulatedInternet, packets: Int) -> [String] {
        let crowded = [HostName.clientA, .clientB].flatMap { Self.crowded(internet.solicitationTimes(of: $0), $0) }
        return crowded + amplification(in: internet, packets: packets)
    }

    /// The same but for the distance of solicitations.
    package static func amplification(in internet: SimulatedInternet, packets: Int) -> [String] {
        var violations: [String] = []
        for host in [HostName.clientA, .clientB] {
            guard let client = internet.client(host) else { continue }
            let counters = client.counters
            // Each packet of a host can cause a pair of bubbles and a test, each repeated three times; each reception
            // can cause one bubble and one test.
            let allowance = UInt64(packets) * 12 + counters.datagramsReceived * 2 + counters.solicitations + 64
            if counters.datagramsSent > allowance {
                violations.append("\(host.rawValue) sent \(counters.datagramsSent) datagrams, allowance \(allowance)")
            }
        }
        let server = internet.serverCounters
        if server.datagramsSent + server.packetsDelivered > server.datagramsReceived {
            violations.append("the server sent more than it received")
        }
        let relay = internet.relay.counters
        // A request for transit draws a word for both clients, and an invitation or a bubble that asks for a proof.
        let answers: UInt64 = internet.options.fleet.hasTransit ? 3 : 1
        if relay.bubblesSent > relay.packetsAccepted * UInt64(RFC4380.attemptLimit) + relay.datagramsReceived * answers
        {
            violations.append("the relay sent more than four bubbles for a packet and \(answers) for a datagram")
        }
        return violations
    }

    /// An answer may be followed by the next phase at once; three solicitations within 4 s cannot all be first ones.
    private static func crowded(_ times: [ProtocolInstant], _ host: HostName) -> [String] {
        let isCrowded = zip(times.dropFirst(2), times).contains { $0 - $1 < RFC4380.solicitationTimeout }
        return isCrowded ? ["\(host.rawValue) sent three solicitations within 4 s"] : []
    }
}
