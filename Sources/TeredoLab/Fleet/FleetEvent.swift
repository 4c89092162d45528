/// What happens to a member of a fleet.
package enum FleetEvent: String, CaseIterable, Codable, Hashable, Sendable {
    case relayKilled = "relay-killed"
    case relayHung = "relay-hung"
    case relayDrained = "relay-drained"
    case relayUpgraded = "relay-upgraded"
    case relayFlooded = "relay-flooded"
    case primaryServerKilled = "primary-server-killed"
    case secondaryServerKilled = "secondary-server-killed"

    /// The heading of a column with it.
    var heading: String {
        switch self {
        case .relayKilled: "kill"
        case .relayHung: "hung"
        case .relayDrained: "drain"
        case .relayUpgraded: "upgr"
        case .relayFlooded: "flood"
        case .primaryServerKilled: "srv1"
        case .secondaryServerKilled: "srv2"
        }
    }

    /// What happened to a member, in a few words.
    func phrase(_ member: String) -> String {
        switch self {
        case .relayKilled: "\(member) killed"
        case .relayHung: "\(member) hung"
        case .relayDrained: "\(member) drained"
        case .relayUpgraded: "\(member) upgraded"
        case .relayFlooded: "\(member) flooded"
        case .primaryServerKilled: "\(member) killed (1st)"
        case .secondaryServerKilled: "\(member) killed (2nd)"
        }
    }

    /// The address of servers that it is about, by its place.
    var serverAddress: Int? {
        switch self {
        case .primaryServerKilled: 0
        case .secondaryServerKilled: 1
        default: nil
        }
    }

    /// How long it may take until nobody is led to the member any more: BFD's hold time, or for a role that hangs while its host lives
    /// the second within which it is withdrawn.
    package var holdMilliseconds: Int { self == .relayHung ? 1000 : 300 }
}
