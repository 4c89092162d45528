import TeredoProtocol
import TeredoWire

/// When the faults are over, every client gets an address within bounded time.
public enum QualificationChecker {
    /// Who has no address when time passed, at most `limit`; empty when all is well.
    public static func violations(in internet: SimulatedInternet, clients: [HostName], limit: Duration) -> [String] {
        let begin = internet.now
        while internet.now - begin < limit, clients.contains(where: { internet.address(of: $0) == nil }) {
            internet.run(for: .seconds(1))
        }
        return clients.filter { internet.address(of: $0) == nil }.map {
            let status = internet.client($0).map { "\($0.status)" } ?? "unknown"
            return "\($0.rawValue) has no address \(limit) after the last fault: \(status)"
        }
    }
}
