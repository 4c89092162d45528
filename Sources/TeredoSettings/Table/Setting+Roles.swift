import TeredoHost

// Which role has which settings.
extension Setting {
    /// All settings, in the order in which people see those of a role.
    package static let all: [Setting] = [
        .autoType, .managedNetwork, .native, .nativeByAddress,
        .server, .secondaryServer, .serverCheckInterval,
        .address, .secondaryAddress, .gatewaySecondaryAddress, .publicAddress,
        .bind, .relayBind, .gatewayBind,
        .stateFile, .refreshInterval, .determineRefreshInterval, .clientIdentifier, .secretFile, .conePhase,
        .secondaryCheck, .strict, .localDiscovery, .defaultRoute, .route, .routingTable, .transitRelay, .useTransit,
        .hairpinning, .portMapping, .disableExtension,
        .secretsFile, .requireAuthentication, .rate, .addressRate, .relayRate, .targetRate,
        .targetAddressRate, .solicitationRate, .nativeRate, .echoRate, .rateTable, .toleratePortMismatch,
        .announceTransit, .xdp,
        .servedPrefix, .peerLimit, .newPeerRate, .peerOctets, .relayPeerOctets, .foreignRelay, .sibling, .fleetKeyFile,
        .transit, .transitClients, .transitPeers, .transitRate, .transitTotalRate,
        .announceTable, .drainTimeout,
        .inbound, .relayInbound, .allow, .masquerade,
        .listen, .listenAnywhere,
        .internalPrefix, .denySource, .interface, .disableOffload, .workers, .serverWorkers, .dataPath, .hook,
        .controlSocket, .controlGroup, .user, .confinement, .logLevel, .logFormat, .maskAddresses,
    ]
}

extension Role {
    /// Everything that can be set about the role.
    package var settings: [Setting] { Setting.all.filter { $0.roles.contains(self) } }

    /// The setting with a key; throws, in the name of `place`, with the one that was meant when there is none.
    func setting(_ key: String, place: String) throws(ConfigurationError) -> Setting {
        let settings = settings
        if let setting = settings.first(where: { $0.key == key }) { return setting }
        let known = settings.map(\.key)
        let hint =
            NearestWord.of(key, among: known).map { "did you mean '\($0)'?" }
            ?? "the settings are: \(known.joined(separator: ", "))"
        throw ConfigurationError(place, "no such setting of \(self); \(hint)")
    }

    /// The settings that change at once when a running role reads them again.
    package var settingsAtOnce: Set<Setting> { Set(settings.filter { $0.change == .atOnce }) }

    /// The settings that hold with the next change of role at the latest, where there is such a thing.
    package var settingsWithoutRestart: Set<Setting> { Set(settings.filter { $0.change != .restart }) }
}

extension Setting {
    /// When another value holds in a running `role`: only `teredo auto` makes roles anew.
    package func change(in role: Role) -> SettingChange { change == .withRole && role != .auto ? .restart : change }
}

extension Set<Role> {
    /// Those that are a client, for some time at least.
    static let clients: Self = [.client, .auto, .proxy]
    /// Those that are a client of the whole host, with an interface.
    static let clientsOfHost: Self = [.client, .auto]
    /// Those that are a server.
    static let servers: Self = [.server, .gateway]
    /// Those that are a relay for routers.
    static let relays: Self = [.relay, .gateway]
    /// Those that serve others, and are found by routing.
    static let announced: Self = [.server, .relay, .gateway]
    /// Those that have an interface.
    static let tunnels: Self = [.client, .relay, .hostRelay, .auto, .gateway]
    /// All.
    static let every = Self(Role.allCases)
}
