package import TeredoSettings

/// What a running client reports about itself; `nil` stands for unknown or absent, and every key is always there.
///
/// JSON has one object for all parts: the keys of each stand with the part.
package struct ClientStatus: Hashable, Sendable {
    /// Which client this is.
    package var identity = ClientIdentity()
    /// How far the client has come.
    package var progress: ClientProgress
    /// The servers.
    package var servers: ClientServers
    /// What the client is from outside.
    package var mapping = ClientMapping()
    /// What moves packets.
    package var dataPath: DataPathStatus
    /// Whom the client reaches, and what it carried.
    package var traffic: ClientTraffic

    /// Makes a report of which nothing else is known yet.
    package init(state: ConnectivityState, serverNames: ServerList, interface: String, counters: StatusCounters) {
        progress = ClientProgress(state)
        servers = ClientServers(serverNames)
        dataPath = DataPathStatus(interface: interface)
        traffic = ClientTraffic(counters)
    }
}

extension ClientStatus: Codable {
    package init(from decoder: any Decoder) throws {
        identity = try ClientIdentity(from: decoder)
        progress = try ClientProgress(from: decoder)
        servers = try ClientServers(from: decoder)
        mapping = try ClientMapping(from: decoder)
        dataPath = try DataPathStatus(from: decoder)
        traffic = try ClientTraffic(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try identity.encode(to: encoder)
        try progress.encode(to: encoder)
        try servers.encode(to: encoder)
        try mapping.encode(to: encoder)
        try dataPath.encode(to: encoder)
        try traffic.encode(to: encoder)
    }
}
