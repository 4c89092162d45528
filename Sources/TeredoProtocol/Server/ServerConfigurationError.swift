public import TeredoWire

/// Why a server refuses to start (RFC 4380 section 5.3).
public enum ServerConfigurationError: Error, Hashable, Sendable {
    /// An address is not global unicast: clients could not use it.
    case notGlobalUnicast(IPv4Address)
    /// Both addresses are the same: a symmetric NAT could not be noticed.
    case sameAddresses(IPv4Address)
    /// Secure qualification is required but no client has a secret.
    case noSecrets
}

extension ServerConfigurationError: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .notGlobalUnicast(let address):
            "\(address) is not a global unicast address; a Teredo server needs public IPv4 addresses"
        case .sameAddresses(let address):
            "primary and secondary address are both \(address); a Teredo server needs two different addresses"
        case .noSecrets:
            "secure qualification is required but there are no secrets; name a secrets file with at least one client"
        }
    }
}
