import TeredoCrypto
import TeredoProtocol
import TeredoSimulator

/// A simulated Internet with two clients of the given kinds.
func internet(
    _ natA: NATKind = .portRestricted,
    _ natB: NATKind = .portRestricted,
    seed: UInt64 = 1,
    _ change: (inout InternetOptions) -> Void = { _ in }
) throws -> SimulatedInternet {
    var options = InternetOptions(seed: seed)
    options.natA = natA
    options.natB = natB
    change(&options)
    return try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
}

/// Both directions between two hosts.
struct Direction: Hashable, Sendable, CustomStringConvertible {
    let from: HostName
    let to: HostName
    var description: String { "\(from.rawValue) to \(to.rawValue)" }
}
