import ArgumentParser
import TeredoSettings
import TeredoWire

/// The options that both kinds of relay have.
struct RelayOptions: ParsableArguments {
    @Option(.peerLimit)
    var peerLimit: Int

    @Option(.newPeerRate)
    var newPeerRate: Int

    @Option(.foreignRelay)
    var foreignRelays: [IPv4Address]

    func configuration(
        role: Role,
        interface: InterfaceOptions,
        common: CommonOptions
    ) -> RelayServiceConfiguration {
        var settings = configuration(role: role, tunnel: interface.tunnel)
        settings.bind = interface.bind
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.controlGroup = common.controlGroup
        settings.denied = common.denied
        return settings
    }

    /// The settings but for service port and control socket.
    func configuration(role: Role, tunnel: TunnelOptions) -> RelayServiceConfiguration {
        var settings = RelayServiceConfiguration(role: role)
        settings.tunnel = tunnel.settings
        settings.allowed = tunnel.allowed
        settings.peerLimit = peerLimit
        settings.newPeersPerSecond = newPeerRate
        settings.foreignTunnelRelays = foreignRelays
        return settings
    }
}
