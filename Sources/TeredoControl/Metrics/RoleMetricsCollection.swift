package import TeredoHost
import TeredoSettings

/// The metrics of the roles of a host, for one page of monitoring: each sample with the label `socket`, because two instances of a
/// role have all other labels in common.
package struct RoleMetricsCollection: Hashable, Sendable {
    /// Why roles did not answer that have a socket.
    package private(set) var failures: [ServiceError] = []
    private var texts: [String] = []

    /// Of no role yet.
    package init() {}

    /// Whether there is no role at all.
    package var isEmpty: Bool { texts.isEmpty }

    /// A role answered.
    package mutating func add(_ report: MetricsReport, of socket: ControlSocketName) {
        var page = MetricsText()
        page.add(.up, [report.role.rawValue], MetricValue(true))
        texts += [page.text, report.text].map { MetricsText.adding(.socket, socket.description, to: $0) }
    }

    /// A role did not.
    package mutating func add(_ failure: ServiceError, of socket: ControlSocketName) {
        failures.append(failure)
        var page = MetricsText()
        page.add(.up, [socket.role?.rawValue ?? socket.description], MetricValue(false))
        texts.append(MetricsText.adding(.socket, socket.description, to: page.text))
    }

    /// The page, with its last newline.
    package var text: String { MetricsText.joining(texts) }
}
