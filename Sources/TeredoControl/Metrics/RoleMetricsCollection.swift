package import TeredoHost
package import TeredoSettings

/// The metrics of the roles of a host, for one page of monitoring.
package struct RoleMetricsCollection: Hashable, Sendable {
    /// Why roles did not answer that have a socket.
    package private(set) var failures: [ServiceError] = []
    private var texts: [String] = []
    private var isUp: [Role: Bool] = [:]

    /// Of no role yet.
    package init() {}

    /// Whether there is no role at all.
    package var isEmpty: Bool { isUp.isEmpty }

    /// A role answered.
    package mutating func add(_ report: MetricsReport) {
        texts.append(report.text)
        isUp[report.role] = true
    }

    /// A role did not.
    package mutating func add(_ failure: ServiceError, of role: Role) {
        failures.append(failure)
        isUp[role] = isUp[role] ?? false
    }

    /// The page, with its last newline.
    package var text: String {
        var page = MetricsText()
        for role in Role.allCases {
            if let isUp = isUp[role] { page.add(.up, [role.rawValue], MetricValue(isUp)) }
        }
        return MetricsText.joining([page.text] + texts)
    }
}
