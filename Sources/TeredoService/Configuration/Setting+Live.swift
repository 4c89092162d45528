// What SIGHUP changes in a running role.
extension Setting {
    /// The settings of a client that change without losing address and peers.
    package static let liveForClient: Set<Setting> = [
        .server, .serverCheckInterval, .refreshInterval, .clientIdentifier, .secretFile, .transitRelay, .useTransit,
        .hairpinning, .portMapping, .disableExtension,
    ]
    /// The settings of a server that change without a break.
    package static let liveForServer: Set<Setting> = [
        .secretsFile, .requireAuthentication, .rate, .solicitationRate, .nativeRate, .toleratePortMismatch,
        .announceTransit,
    ]
}
