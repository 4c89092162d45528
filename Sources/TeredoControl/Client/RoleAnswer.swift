package import TeredoHost

/// What one of the roles of a host said about itself, or why it said nothing, for scripts: the keys of its report, or `error`, with
/// the name of its control socket beside them.
package struct RoleAnswer: Encodable {
    private let socket: ControlSocketName
    private let outcome: Result<StatusReport, ServiceError>

    /// The answers of all roles that `query` leads to; throws when none answers.
    package static func ask(_ query: ControlQuery) throws(ServiceError) -> [Self] {
        let outcomes = try query.statuses()
        let failures = outcomes.compactMap { if case .failure(let failure) = $0.outcome { failure } else { nil } }
        if let failure = ServiceError.mostTelling(failures), failures.count == outcomes.count { throw failure }
        return outcomes.map { Self(ControlSocketName(path: $0.path), $0.outcome) }
    }

    /// What came of asking at `socket`.
    package init(_ socket: ControlSocketName, _ outcome: Result<StatusReport, ServiceError>) {
        self.socket = socket
        self.outcome = outcome
    }

    /// Whether the role answered, and has something to offer.
    package var isReady: Bool {
        if case .success(let report) = outcome { Readiness(report).isReady } else { false }
    }

    private enum CodingKeys: String, CodingKey {
        case socket, error
    }

    private enum ErrorKeys: String, CodingKey {
        case message, remedy
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(socket.description, forKey: .socket)
        switch outcome {
        case .success(let report): try report.encode(to: encoder)
        case .failure(let failure):
            var error = container.nestedContainer(keyedBy: ErrorKeys.self, forKey: .error)
            try error.encode(failure.message, forKey: .message)
            try error.encode(failure.remedy, forKey: .remedy)
        }
    }
}
