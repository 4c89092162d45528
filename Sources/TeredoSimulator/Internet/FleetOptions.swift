public import TeredoProtocol
import TeredoWire

/// The servers and relays of a simulated Internet: how many there are, who knows of whom, and how they are set.
public struct FleetOptions: Sendable {
    /// Whether client B has another server than client A.
    public var usesTwoServers = false
    /// Whether both clients know both servers, each its own one first.
    public var sharesServers = false
    /// How many relays there are; the IPv6 Internet spreads packets for clients over them by whatever they contain, packet by
    /// packet, which is the worst that equal-cost routing can do.
    public var relays = 1
    /// Whether the relays name each other to clients that ask (docs/fleet.md).
    public var namesSiblings = true
    /// Whether each server is a gateway, with a relay beside it: the first relays are those of the servers.
    package var usesGateways = false
    /// Whether the relay carries packets between clients and the servers announce that.
    public var hasTransit = false
    /// Whether the second server announces the second relay for transit, so that each client has a transit relay of its own; for
    /// two servers and two relays.
    public var separatesTransit = false
    /// Changes to the configuration of the server; its addresses must stay.
    public var adjustServer: @Sendable (inout ServerConfiguration) -> Void = { _ in }
    /// Changes to the configuration of relay and host-specific relay.
    public var adjustRelay: @Sendable (inout RelayConfiguration) -> Void = { _ in }

    /// One server and one relay, without transit.
    public init() {}
}

// MARK: - Servers

extension FleetOptions {
    /// The servers that there are.
    var servers: [ServerAddresses] {
        usesTwoServers || sharesServers
            ? [SimulatedInternet.server, SimulatedInternet.otherServer] : [SimulatedInternet.server]
    }

    /// The servers that a client knows, its own one first.
    func servers(of client: HostName) -> [ServerAddresses] {
        let own = usesTwoServers && client == .clientB ? SimulatedInternet.otherServer : SimulatedInternet.server
        return sharesServers ? [own] + servers.filter { $0 != own } : [own]
    }

    /// The only port of a server's primary address that is the server's; `nil` when all are.
    var serverPort: UInt16? { usesGateways ? TeredoConstants.udpPort : nil }

    /// What the server with these addresses is told.
    func configuration(ofServer addresses: ServerAddresses) -> ServerConfiguration {
        let secondary = addresses.secondary ?? addresses.primary.successor
        var configuration = ServerConfiguration(primary: addresses.primary, secondary: secondary)
        if hasTransit {
            let isOther = separatesTransit && addresses != SimulatedInternet.server
            configuration.announcedTransitRelay = relayEndpoint(isOther ? 1 : 0)
        }
        adjustServer(&configuration)
        return configuration
    }
}

// MARK: - Relays

extension FleetOptions {
    /// The endpoint of a relay: 0 is ``SimulatedInternet/relay``, unless it is a part of a gateway.
    func relayEndpoint(_ number: Int) -> UDPEndpoint {
        let usual = SimulatedInternet.relay
        if usesGateways, number < servers.count { return UDPEndpoint(servers[number].primary, usual.port) }
        return UDPEndpoint(IPv4Address(rawValue: usual.address.rawValue + UInt32(number)), usual.port)
    }

    /// What a relay, or a host-specific one, at these addresses is told.
    func configuration(
        ofRelay kind: RelayConfiguration.Kind,
        _ address: IPv6Address,
        _ endpoint: UDPEndpoint
    ) -> RelayConfiguration {
        var configuration = RelayConfiguration(
            kind: kind,
            ownIPv6Addresses: [address],
            ownIPv4Addresses: [endpoint.address]
        )
        configuration.ownServer = Self.server(at: endpoint.address)?.primary
        let isAnnounced = endpoint == relayEndpoint(0) || separatesTransit && endpoint == relayEndpoint(1)
        if hasTransit, isAnnounced { configuration.transit = TransitConfiguration() }
        if relays > 1, namesSiblings, kind != .hostSpecific {
            configuration.siblings = (0..<relays).map(relayEndpoint)
        }
        adjustRelay(&configuration)
        return configuration
    }

    /// The only port of a relay's address that is the relay's, where a server has the others; `nil` when all are.
    func relayPort(at endpoint: UDPEndpoint) -> UInt16? {
        Self.server(at: endpoint.address) == nil ? nil : endpoint.port
    }

    private static func server(at address: IPv4Address) -> ServerAddresses? {
        [SimulatedInternet.server, SimulatedInternet.otherServer].first { $0.primary == address }
    }
}
