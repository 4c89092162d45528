package import TeredoProtocol
import TeredoSimulator

extension NATKind {
    /// The kind with its article, for sentences.
    package var phrase: String {
        switch self {
        case .none: "no NAT"
        case .addressRestricted, .addressSymmetric: "an \(rawValue) NAT"
        default: "a \(rawValue) NAT"
        }
    }
}

extension ConnectivityStatus {
    /// What a client does in this status, as the predicate of a sentence.
    package var phrase: String {
        switch self {
        case .initial: "waits"
        case .starting(.resolving): "looks up its server"
        case .starting(.cone): "solicits with the cone bit"
        case .starting(.restricted): "solicits the server"
        case .starting(.secondary): "solicits the secondary server"
        case .qualified(let nat): "is qualified, \(nat.rawValue) NAT"
        case .offline: "is offline"
        }
    }
}
