package import TeredoProtocol

/// Why a client is in its state, in one word for programs; the reason beside it says the same to people, with names and numbers.
package enum StateCause: String, CaseIterable, Hashable, Sendable, Codable {
    /// The client was started.
    case started
    /// The address of the server became known.
    case serverResolved
    /// The name of the server did not resolve, or to no usable address.
    case serverUnresolved
    /// The cone phase brought no answer.
    case noConeAnswer
    /// A server did not answer.
    case noAnswer
    /// The server did not answer, but peers are heard: the address stays.
    case keptByPeers
    /// The network says that the server is not reached, or that its port is closed.
    case serverRefused
    /// A server answered.
    case answered
    /// The NAT is symmetric, which the settings refuse.
    case symmetricNATRefused
    /// The NAT is symmetric.
    case symmetricNATDetected
    /// The server in use no longer answers, and another one does.
    case serverLost
    /// A preferred server has answered for long.
    case serverReturned
    /// The NAT gave the service port another mapping.
    case mappingChanged
    /// The host's IPv4 address or route changed.
    case networkChanged
    /// The host has no IPv4 address any more.
    case networkLost
    /// The pause is over.
    case backoffOver
    /// There is no IPv4 route towards the server.
    case noRoute

    /// The word for what a machine says.
    package init(_ reason: StateChangeReason) {
        self =
            switch reason {
            case .started: .started
            case .serverResolved: .serverResolved
            case .serverUnresolved: .serverUnresolved
            case .noConeAnswer: .noConeAnswer
            case .noAnswer: .noAnswer
            case .keptByPeers: .keptByPeers
            case .serverRefused: .serverRefused
            case .answered: .answered
            case .symmetricNATRefused: .symmetricNATRefused
            case .symmetricNATDetected: .symmetricNATDetected
            case .serverLost: .serverLost
            case .serverReturned: .serverReturned
            case .mappingChanged: .mappingChanged
            case .networkChanged: .networkChanged
            case .networkLost: .networkLost
            case .backoffOver: .backoffOver
            }
    }
}
