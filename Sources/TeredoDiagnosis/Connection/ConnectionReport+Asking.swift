import TeredoControl
import TeredoHost
import TeredoProtocol
package import TeredoWire

extension ConnectionReport {
    /// Predicts whether this host and `peer` connect, from a check of this host's NAT and what the running client at `path`
    /// knows; then has that client try.
    package static func ask(about peer: IPv6Address, _ report: CheckReport, clientAt path: String?) -> Self {
        let query = path.map { ControlQuery(controlSocketPath: $0) }
        let mapped = report.client?.mapping.mappedEndpoint ?? report.nat?.mappedEndpoint
        let own = report.nat.map { NATKind.possible($0, hasForwardedPort: report.hasForwardedPort) }
        let forecast = ConnectionForecast(
            to: peer,
            own: own ?? Set(NATKind.allCases),
            mapped: mapped,
            observed: query.flatMap { try? $0.peer(peer) },
            server: report.server?.primary,
            hasTransit: report.client?.traffic.transitRelay != nil
        )
        guard let query, let client = report.client else { return Self(forecast, trial: nil) }
        guard client.progress.state == .qualified else {
            return Self(forecast, trial: nil, untriedReason: "the running client is \(client.progress.state)")
        }
        do {
            return Self(forecast, trial: try ConnectionTrial.run(to: peer, through: query))
        } catch {
            return Self(forecast, trial: nil, untriedReason: "\(error.message); \(error.remedy)")
        }
    }
}
