/// With which clients a client of this host has direct connections, by their NATs; the words are part of the JSON form.
package enum DirectPeers: String, Hashable, Sendable, Codable, CaseIterable {
    /// All.
    case all
    /// All but those behind random-port symmetric NATs.
    case exceptRandomPort = "all-but-random-port"
    /// Those behind cone, restricted and port-preserving NATs.
    case portPreserving = "cone-restricted-port-preserving"
    /// Those behind cone and restricted NATs.
    case restricted = "cone-restricted"
    /// Those behind cone and address-restricted NATs.
    case addressRestricted = "cone-address-restricted"
    /// Those behind cone NATs.
    case coneOnly = "cone"
    /// Nobody can tell without the secondary address of the server.
    case unpredictable = "unknown"

    /// The same for people.
    package var phrase: String {
        switch self {
        case .all: "to all clients, whatever their NAT"
        case .exceptRandomPort: "to all clients except those behind random-port symmetric NATs"
        case .portPreserving: "to clients behind cone, restricted and port-preserving NATs"
        case .restricted: "to clients behind cone and restricted NATs"
        case .addressRestricted: "to clients behind cone and address-restricted NATs only"
        case .coneOnly: "to clients behind cone NATs only"
        case .unpredictable: "cannot be predicted without the secondary server"
        }
    }
}
