import TeredoHost
package import TeredoLinux
import TeredoProtocol
package import TeredoSettings

/// The answer to `metrics`: all that a role counts and measures, for monitoring.
package struct MetricsReport: Hashable, Sendable, Codable {
    /// The role as its command calls it; `auto` whichever role that runs.
    package var role: Role
    /// The format of the text, as an HTTP server would tell it.
    package var contentType = MetricsText.contentType
    /// The metrics.
    package var text: String

    /// Writes what a role says of itself, what it measured, and what its process takes.
    package init(_ status: StatusReport, _ measurements: RoleMeasurements, _ usage: ProcessUsage) {
        role = status.commandRole
        var metrics = RoleMetrics(role: role)
        metrics.add(usage, started: measurements.started)
        metrics.add(status)
        metrics.add(measurements, part: status.measuringPart)
        text = metrics.text.text
    }
}

extension StatusReport {
    /// The role that was started: `auto` reports as what it runs.
    fileprivate var commandRole: Role {
        switch self {
        case .client(let status) where status.identity.roles != nil: .auto
        case .relay(let status) where status.identity.roles != nil: .auto
        default: role
        }
    }

    /// The part that has queues and contacts.
    fileprivate var measuringPart: RoleMetrics.Part? {
        switch self {
        case .client: .client
        case .relay, .gateway: .relay
        case .server, .dormant: nil
        }
    }
}
