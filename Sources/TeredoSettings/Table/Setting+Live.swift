// What SIGHUP changes in a running role.
extension Setting {
    /// The settings of a client that change without losing address and peers.
    package static let liveForClient: Set<Setting> = [
        .server, .serverCheckInterval, .refreshInterval, .clientIdentifier, .secretFile, .transitRelay, .useTransit,
        .hairpinning, .portMapping, .disableExtension, .peerOctets,
    ]
    /// The settings of a server that change without a break.
    package static let liveForServer: Set<Setting> = [
        .secretsFile, .requireAuthentication, .rate, .solicitationRate, .nativeRate, .toleratePortMismatch,
        .announceTransit,
    ]
    /// The settings of a relay that change without losing a client.
    package static let liveForRelay: Set<Setting> = [
        .servedPrefix, .peerLimit, .relayPeerOctets, .foreignRelay, .transit, .transitClients, .transitPeers,
        .transitRate, .transitTotalRate,
    ]
    /// The settings of a host-specific relay that change without losing a client.
    package static let liveForHostRelay: Set<Setting> = [.peerLimit, .peerOctets, .foreignRelay]
    /// The settings of a gateway that change without a break: those of its server and those of its relay.
    package static let liveForGateway: Set<Setting> = liveForServer.subtracting([.announceTransit]).union(liveForRelay)

    /// The settings of `teredo auto` that hold at the next change of role at the latest; the others concern what stays over
    /// such a change, such as privileges, control socket and what decides about roles.
    package static let adoptedByAuto: Set<Setting> = liveForClient.union(liveForHostRelay).union([
        .secondaryServer, .determineRefreshInterval, .conePhase, .secondaryCheck, .strict, .localDiscovery,
        .defaultRoute, .route, .routingTable, .disableOffload, .workers,
    ])
}
