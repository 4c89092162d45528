import TeredoProtocol

/// No node turns few datagrams into many, and solicitations keep their distance (SEC-39, SEC-45).
public enum AmplificationChecker {
    /// What is wrong; empty when all is well.
    ///
    /// `packets` is how many packets the hosts themselves sent.
    public static func violations(in internet: SimulatedInternet, packets: Int) -> [String] {
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
        return violations
    }
}
