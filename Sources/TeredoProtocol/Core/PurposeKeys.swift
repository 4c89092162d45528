import TeredoWire

/// The keys of one purpose: one makes, and others may be accepted beside it.
///
/// Without a fleet there is a random one. Those of a fleet are derived from its keys, so that what is handed out for one purpose
/// is worth nothing for another.
struct PurposeKeys: Sendable {
    /// What keys are for.
    enum Purpose: String {
        /// Link-local sources of bubbles.
        case bubble = "teredo fleet: keyed bubbles"
        /// Cookies of transit.
        case transit = "teredo fleet: transit cookies"
        /// What a server gives to relays that receive.
        case proof = "teredo fleet: proofs of sources"
    }

    /// The key that makes.
    private(set) var making: [UInt8]
    private var others: [[UInt8]] = []
    private(set) var clockOffset = Duration.zero
    let authenticator: any MessageAuthenticator
    private let purpose: Purpose

    init(_ purpose: Purpose, authenticator: any MessageAuthenticator, using generator: inout some RandomNumberGenerator)
    {
        making = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.authenticator = authenticator
        self.purpose = purpose
    }

    /// Goes on with the keys of a fleet, which alone are accepted from now on.
    mutating func adopt(_ fleet: FleetKey) {
        let derived = fleet.keys.map { authenticator.hmacSHA1(key: $0, message: Array(purpose.rawValue.utf8)) }
        guard let first = derived.first else { return }
        making = first
        others = Array(derived.dropFirst())
        clockOffset = fleet.clockOffset
    }

    /// Whether one of the keys leads to what was shown.
    func accepts(where matches: ([UInt8]) -> Bool) -> Bool { matches(making) || others.contains(where: matches) }
}
