import ArgumentParser
import TeredoService
import TeredoSettings
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
        var settings = configuration(role: role, tunnel: interface.tunnel)
        settings.bind = interface.bind
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.controlGroup = common.controlGroup
        return settings
    }

    /// Runs a relay of either kind until a signal ends it; SIGHUP changes the settings `live`.
    static func run<Command: ParsableCommand>(
        _ command: Command,
        _ common: CommonOptions,
        _ path: KeyPath<Command, RelayServiceConfiguration>,
        live: Set<Setting>
    ) throws {
        let settings = command[keyPath: path]
        weak var running: RelayDriver?
        let (logger, reload) = try common.logging(for: settings.role) { arguments in
            guard let running, let fresh = try Teredo.parseAsRoot(arguments) as? Command else {
                return SettingsAdoption()
            }
            try running.adopt(fresh[keyPath: path])
            return SettingsAdoption(live: live)
        }
        let reduction = try common.privilegeReduction(
            keeping: settings.dataPath.capabilities,
            writing: [settings.controlSocketPath]
        )
        let driver = try RelayDriver(settings, logger: logger)
        running = driver
        driver.onHangUp(reload)
        try reduction.apply(logger)
        try driver.run()
    }

    /// The settings but for service port and control socket.
    func configuration(role: Role, tunnel: TunnelOptions) -> RelayServiceConfiguration {
        var settings = RelayServiceConfiguration(role: role)
        settings.interfaceName = tunnel.interface
        settings.offloads = tunnel.offloads
        settings.workers = tunnel.workers
        settings.dataPath = tunnel.dataPath
        settings.hook = tunnel.hook
        settings.peerLimit = peerLimit
        settings.foreignTunnelRelays = foreignRelays
        return settings
    }
}
