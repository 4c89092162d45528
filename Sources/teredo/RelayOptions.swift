import ArgumentParser
import TeredoService
import TeredoWire

/// The options that both kinds of relay have.
struct RelayOptions: ParsableArguments {
    @Option(help: ArgumentHelp(.peerLimit))
    var peerLimit = 65_536

    @Option(name: .customLong("foreign-relay"), help: ArgumentHelp(.foreignRelay), transform: OptionValue.ipv4Address)
    var foreignRelays: [IPv4Address] = []

    func configuration(
        role: Role,
        interface: InterfaceOptions,
        common: CommonOptions
    ) -> RelayServiceConfiguration {
        var settings = RelayServiceConfiguration(role: role)
        settings.bind = interface.bind
        settings.interfaceName = interface.interface
        settings.offloads = interface.offloads
        settings.workers = interface.workers
        settings.dataPath = interface.dataPath
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.controlGroup = common.controlGroup
        settings.peerLimit = peerLimit
        settings.foreignTunnelRelays = foreignRelays
        return settings
    }
}
