import TeredoSettings

/// What a running client reports about itself; `nil` stands for unknown or absent.
package struct ClientStatus: Hashable, Sendable {
    /// `client`, or what `teredo auto` was told with `--type`.
    package var type = AutoType.client.rawValue
    /// `offline`, `qualifying` or `qualified`.
    package var state: String
    /// The phase of qualification while qualifying: `resolving`, `cone`, `restricted`, `secondary`.
    package var phase: String?
    /// Why the state is what it is.
    package var reason: String?
    /// Seconds since the state was entered.
    package var stateSeconds = 0
    /// Seconds until the next attempt while offline.
    package var retrySeconds: Int?
    /// The last changes of state, at most 16, the newest first.
    package var history: [StateChange] = []
    /// The roles that `teredo auto` took on, at most 16, the newest first; `nil` unless it runs the client.
    package var roles: [RoleChange]?
    /// The Teredo address.
    package var address: String?
    /// The server as configured, a name or an address; several are separated by commas.
    package var serverName: String
    /// The primary address of the server.
    package var server: String?
    /// The secondary address of the server.
    package var secondaryServer: String?
    /// All servers in order of preference, with what is known of each.
    package var servers: [ServerHealthStatus] = []
    /// The endpoint that the server sees.
    package var mappedEndpoint: String?
    /// The service port as this host sees it.
    package var localEndpoint: String?
    /// The service port that was asked for; `nil` when any would do.
    package var clientPort: Int?
    /// `managed` or `unmanaged`; `nil` unless `teredo auto` was told what a managed network is.
    package var network: String?
    /// The NAT.
    package var nat = NATStatus(type: nil, portPreserving: nil)
    /// The name of the TUN interface.
    package var interface: String
    /// The MTU of the interface in octets.
    package var mtu = 1280
    /// The names of the offloads in force.
    package var offloads: [String] = []
    /// How many threads move packets.
    package var workers = 1
    /// What moves the packets of trusted peers: `userspace` or `ebpf`.
    package var dataPath = "userspace"
    /// The number of peers whose packets the kernel moves.
    package var kernelPeers = 0
    /// The refresh interval in force, in seconds.
    package var refreshInterval = 30
    /// The port that the router forwards to this client; `nil` when it forwards none.
    package var portMapping: PortMappingStatus?
    /// The transit relay that carries packets to peers that cannot be reached directly.
    package var transitRelay: String?
    /// The relays towards native IPv6.
    package var nativeIPv6 = NativeStatus()
    /// The number of peers remembered.
    package var peers = 0
    /// Seconds since the service began.
    package var uptime = 0
    /// The data path.
    package var counters: StatusCounters

    /// Makes a report of which nothing else is known yet.
    package init(state: String, serverName: String, interface: String, counters: StatusCounters) {
        self.state = state
        self.serverName = serverName
        self.interface = interface
        self.counters = counters
    }
}

extension ClientStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case role
        case type
        case state
        case phase
        case reason
        case stateSeconds
        case retrySeconds
        case history
        case roles
        case address
        case serverName
        case server
        case secondaryServer
        case servers
        case mappedEndpoint
        case localEndpoint
        case clientPort
        case network
        case nat
        case interface
        case mtu
        case offloads
        case workers
        case dataPath
        case kernelPeers
        case refreshInterval
        case portMapping
        case transitRelay
        case nativeIPv6
        case peers
        case uptime
        case counters
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        state = try container.decode(String.self, forKey: .state)
        phase = try container.decodeIfPresent(String.self, forKey: .phase)
        reason = try container.decodeIfPresent(String.self, forKey: .reason)
        stateSeconds = try container.decode(Int.self, forKey: .stateSeconds)
        retrySeconds = try container.decodeIfPresent(Int.self, forKey: .retrySeconds)
        history = try container.decode([StateChange].self, forKey: .history)
        roles = try container.decodeIfPresent([RoleChange].self, forKey: .roles)
        address = try container.decodeIfPresent(String.self, forKey: .address)
        serverName = try container.decode(String.self, forKey: .serverName)
        server = try container.decodeIfPresent(String.self, forKey: .server)
        secondaryServer = try container.decodeIfPresent(String.self, forKey: .secondaryServer)
        servers = try container.decode([ServerHealthStatus].self, forKey: .servers)
        mappedEndpoint = try container.decodeIfPresent(String.self, forKey: .mappedEndpoint)
        localEndpoint = try container.decodeIfPresent(String.self, forKey: .localEndpoint)
        clientPort = try container.decodeIfPresent(Int.self, forKey: .clientPort)
        network = try container.decodeIfPresent(String.self, forKey: .network)
        nat = try container.decode(NATStatus.self, forKey: .nat)
        interface = try container.decode(String.self, forKey: .interface)
        mtu = try container.decode(Int.self, forKey: .mtu)
        offloads = try container.decode([String].self, forKey: .offloads)
        workers = try container.decode(Int.self, forKey: .workers)
        dataPath = try container.decode(String.self, forKey: .dataPath)
        kernelPeers = try container.decode(Int.self, forKey: .kernelPeers)
        refreshInterval = try container.decode(Int.self, forKey: .refreshInterval)
        portMapping = try container.decodeIfPresent(PortMappingStatus.self, forKey: .portMapping)
        transitRelay = try container.decodeIfPresent(String.self, forKey: .transitRelay)
        nativeIPv6 = try container.decode(NativeStatus.self, forKey: .nativeIPv6)
        peers = try container.decode(Int.self, forKey: .peers)
        uptime = try container.decode(Int.self, forKey: .uptime)
        counters = try container.decode(StatusCounters.self, forKey: .counters)
    }

    /// Encodes unknown values as null, so that every key is always there.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Role.client, forKey: .role)
        try container.encode(type, forKey: .type)
        try container.encode(state, forKey: .state)
        try container.encode(phase, forKey: .phase)
        try container.encode(reason, forKey: .reason)
        try container.encode(stateSeconds, forKey: .stateSeconds)
        try container.encode(retrySeconds, forKey: .retrySeconds)
        try container.encode(history, forKey: .history)
        try container.encode(roles, forKey: .roles)
        try container.encode(address, forKey: .address)
        try container.encode(serverName, forKey: .serverName)
        try container.encode(server, forKey: .server)
        try container.encode(secondaryServer, forKey: .secondaryServer)
        try container.encode(servers, forKey: .servers)
        try container.encode(mappedEndpoint, forKey: .mappedEndpoint)
        try container.encode(localEndpoint, forKey: .localEndpoint)
        try container.encode(clientPort, forKey: .clientPort)
        try container.encode(network, forKey: .network)
        try container.encode(nat, forKey: .nat)
        try container.encode(interface, forKey: .interface)
        try container.encode(mtu, forKey: .mtu)
        try container.encode(offloads, forKey: .offloads)
        try container.encode(workers, forKey: .workers)
        try container.encode(dataPath, forKey: .dataPath)
        try container.encode(kernelPeers, forKey: .kernelPeers)
        try container.encode(refreshInterval, forKey: .refreshInterval)
        try container.encode(portMapping, forKey: .portMapping)
        try container.encode(transitRelay, forKey: .transitRelay)
        try container.encode(nativeIPv6, forKey: .nativeIPv6)
        try container.encode(peers, forKey: .peers)
        try container.encode(uptime, forKey: .uptime)
        try container.encode(counters, forKey: .counters)
    }
}
