public import TeredoWire

/// Why the status of a client changed, for logs and status displays.
public enum StateChangeReason: Hashable, Sendable {
    /// The owner started the client.
    case started
    /// The address of the server is known now.
    case serverResolved(IPv4Address)
    /// The name of the server did not resolve, or to no usable address.
    case serverUnresolved
    /// The cone phase brought no answer.
    case noConeAnswer
    /// A server address did not answer the solicitations.
    case noAnswer(from: IPv4Address, solicitations: Int)
    /// A server address did not answer the solicitations, but peers are heard at the address of this client, which stays.
    case keptByPeers(IPv4Address, solicitations: Int)
    /// The network says that a server address is not reached, and quotes the solicitation.
    case serverRefused(IPv4Address, ICMPv4Error)
    /// A server answered.
    case answered(by: IPv4Address, mappedEndpoint: UDPEndpoint)
    /// The two server addresses saw different endpoints, and the configuration refuses symmetric NATs.
    case symmetricNATRefused(UDPEndpoint, UDPEndpoint)
    /// The two server addresses saw different endpoints.
    case symmetricNATDetected(UDPEndpoint, UDPEndpoint)
    /// The server in use left a check unanswered while another one answered.
    case serverLost(IPv4Address, next: IPv4Address)
    /// A preferred server has answered for long, and nothing uses the address.
    case serverReturned(from: IPv4Address, to: IPv4Address)
    /// The NAT gave the service port another mapping.
    case mappingChanged(from: UDPEndpoint, to: UDPEndpoint)
    /// The host's IPv4 address or route changed.
    case networkChanged
    /// The host has no IPv4 address any more.
    case networkLost
    /// The pause is over.
    case backoffOver
}

extension StateChangeReason: CustomStringConvertible {
    /// A phrase for people.
    public var description: String {
        switch self {
        case .started: "started"
        case .serverResolved(let address): "server is \(address)"
        case .serverUnresolved: "the server name does not resolve to a usable IPv4 address"
        case .noConeAnswer: "no answer in the cone phase"
        case .noAnswer(let server, let count): "no answer from \(server) to \(count) solicitations"
        case .keptByPeers(let server, let count):
            "no answer from \(server) to \(count) solicitations, but peers are heard: the address stays"
        case .serverRefused(let server, let error):
            error.kind == .portUnreachable && error.reporter == server
                ? "the server's port is closed: \(error)" : "the server \(server) is not reached: \(error)"
        case .answered(let server, let endpoint): "\(server) answered and sees us as \(endpoint)"
        case .symmetricNATRefused(let first, let second):
            "behind a symmetric NAT (mapped to \(first) and \(second)), which the configuration refuses"
        case .symmetricNATDetected(let first, let second): "behind a symmetric NAT (mapped to \(first) and \(second))"
        case .mappingChanged(let old, let new): "the NAT mapping changed from \(old) to \(new)"
        case .serverLost(let lost, let next): "\(lost) no longer answers: changed to \(next), which does"
        case .serverReturned(let previous, let preferred):
            "\(preferred), preferred to \(previous), has been answering for a long time, and nothing used the address"
        case .networkChanged: "the local IPv4 address changed"
        case .networkLost: "no IPv4 address is left"
        case .backoffOver: "trying again"
        }
    }
}
