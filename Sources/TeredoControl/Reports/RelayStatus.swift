package import TeredoSettings
package import TeredoWire

/// What a running relay or host-specific relay reports about itself.
///
/// JSON has one object for all parts: the keys of each stand with the part.
package struct RelayStatus: Hashable, Sendable {
    /// Which relay this is.
    package var identity: RelayIdentity
    /// What moves packets.
    package var dataPath: DataPathStatus
    /// For whom the relay works, and what it lets through.
    package var service: RelayService
    /// Whom the relay remembers.
    package var peers = RelayPeers()
    /// What it counted.
    package var counters: StatusCounters

    /// Makes a report of a relay on a service port and an interface.
    package init(role: Role, localEndpoint: UDPEndpoint, interface: String, counters: StatusCounters) {
        identity = RelayIdentity(role: role, localEndpoint: localEndpoint)
        dataPath = DataPathStatus(interface: interface)
        service = RelayService(role: role)
        self.counters = counters
    }
}

extension RelayStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case counters
    }

    package init(from decoder: any Decoder) throws {
        identity = try RelayIdentity(from: decoder)
        dataPath = try DataPathStatus(from: decoder)
        service = try RelayService(from: decoder)
        peers = try RelayPeers(from: decoder)
        counters = try decoder.container(keyedBy: CodingKeys.self).decode(StatusCounters.self, forKey: .counters)
    }

    package func encode(to encoder: any Encoder) throws {
        try identity.encode(to: encoder)
        try dataPath.encode(to: encoder)
        try service.encode(to: encoder)
        try peers.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counters, forKey: .counters)
    }
}
