package import TeredoHost
package import TeredoLinux
package import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// What a running client reports about itself; `nil` stands for unknown or absent, and every key is always there.
package struct ClientStatus: Hashable, Sendable, Codable {
    /// `client`.
    package private(set) var role = Role.client
    /// `client`, or what `teredo auto` was told with `--type`.
    package var type = AutoType.client
    /// What the client has to offer.
    package var state: ConnectivityState
    /// The phase of qualification while qualifying.
    @OrNull package var phase: ConnectivityStatus.Phase?
    /// Why the state is what it is, a phrase for people.
    @OrNull package var reason: String?
    /// How long the state has lasted.
    @JSONTime<Seconds> package var stateAge: Duration = .zero
    /// How long it is to the next attempt while offline.
    @JSONTimeOrNull<Seconds> package var retry: Duration?
    /// The last changes of state, at most 16, the newest first.
    package var history: [StateChange] = []
    /// The roles that `teredo auto` took on, at most 16, the newest first; `nil` unless it runs the client.
    @OrNull package var roles: [RoleChange]?
    /// The Teredo address.
    @OrNull package var address: TeredoAddress?
    /// The servers as configured.
    package var serverNames: ServerList
    /// The primary address of the server.
    @OrNull package var server: IPv4Address?
    /// The secondary address of the server.
    @OrNull package var secondaryServer: IPv4Address?
    /// All servers in order of preference, with what is known of each.
    package var servers: [ServerHealthStatus] = []
    /// The endpoint that the server sees.
    @OrNull package var mappedEndpoint: UDPEndpoint?
    /// The service port as this host sees it.
    @OrNull package var localEndpoint: UDPEndpoint?
    /// The service port that was asked for; `nil` when any would do.
    @OrNull package var clientPort: UInt16?
    /// What the network is; `nil` unless `teredo auto` was told what a managed network is.
    @OrNull package var network: NetworkKind?
    /// The NAT.
    package var nat = NATStatus()
    /// The name of the TUN interface.
    package var interface: String
    /// The MTU of the interface in octets.
    package var mtu = TeredoConstants.mtu
    /// What another program changed about the interface and is not put back, or not yet.
    package var interfaceFaults: [InterfaceFault] = []
    /// How many times something that another program changed about the interface was put back.
    package var interfaceRestorations: UInt64 = 0
    /// The offloads in force.
    package var offloads: [Offload] = []
    /// How many threads move packets.
    package var workers = 1
    /// What moves the packets of trusted peers.
    package var dataPath = DataPathChoice.userspace
    /// The number of peers whose packets the kernel moves.
    package var kernelPeers = 0
    /// The refresh interval in force.
    @JSONTime<Seconds> package var refreshInterval: Duration = RFC4380.refreshInterval
    /// The port that the router forwards to this client; `nil` when it forwards none.
    @OrNull package var portMapping: PortMappingStatus?
    /// The transit relay that carries packets to peers that cannot be reached directly.
    @OrNull package var transitRelay: UDPEndpoint?
    /// The relays towards native IPv6.
    package var nativeIPv6 = NativeStatus()
    /// What may come out of the tunnel.
    package var inbound = InboundStatus(mode: .filtered)
    /// The number of peers remembered.
    package var peers = 0
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration = .zero
    /// The data path.
    package var counters: StatusCounters

    /// Makes a report of which nothing else is known yet.
    package init(state: ConnectivityState, serverNames: ServerList, interface: String, counters: StatusCounters) {
        self.state = state
        self.serverNames = serverNames
        self.interface = interface
        self.counters = counters
    }

    private enum CodingKeys: String, CodingKey {
        case role, type, state, phase, reason
        case stateAge = "stateSeconds"
        case retry = "retrySeconds"
        case history, roles, address
        case serverNames = "serverName"
        case server, secondaryServer, servers, mappedEndpoint, localEndpoint, clientPort, network, nat
        case interface, mtu, interfaceFaults, interfaceRestorations, offloads, workers, dataPath, kernelPeers,
            refreshInterval, portMapping, transitRelay
        case nativeIPv6, inbound, peers, uptime, counters
    }
}
