import TeredoProtocol

/// Peer tables and queues stay within their limits.
public enum BoundsChecker {
    /// What is wrong; empty when all is well.
    public static func violations(in internet: SimulatedInternet) -> [String] {
        var limits = ClientConfiguration()
        internet.options.adjustClient(&limits)
        var violations: [String] = []
        for host in [HostName.clientA, .clientB] {
            guard let client = internet.client(host) else { continue }
            if client.peerCount > limits.peerLimit { violations.append("\(host.rawValue): too many peers") }
            if client.queuedOctets > limits.queueLimits.totalOctets {
                violations.append("\(host.rawValue): queues above their limit")
            }
        }
        return violations
    }
}
