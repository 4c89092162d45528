package import TeredoProtocol

/// What a client has to offer, in one word.
package enum ConnectivityState: String, CaseIterable, Hashable, Sendable, Codable {
    /// No service.
    case offline
    /// Qualification is under way.
    case qualifying
    /// The client has a Teredo address.
    case qualified

    /// The word for a status; a client that was not started is offline.
    package init(_ status: ConnectivityStatus) {
        self =
            switch status {
            case .initial, .offline: .offline
            case .starting: .qualifying
            case .qualified: .qualified
            }
    }
}

extension ConnectivityStatus {
    /// The phase of qualification; `nil` when not qualifying.
    package var phase: Phase? {
        if case .starting(let phase) = self { phase } else { nil }
    }
}
