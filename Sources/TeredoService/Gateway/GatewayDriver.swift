package import Logging
package import TeredoControl
package import TeredoHost
import TeredoLinux
package import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// Runs a server and a relay in one event loop, with one control socket (RFC 4380 section 5.4.3).
///
/// Each has ports and counters of its own. What the relay has for the clients of the server does not leave the process:
/// from the network, the server would refuse a datagram of an own address (S4), and the relay does not send to one (I8).
package final class GatewayDriver: PartDriver, RoleDriver {
    private var configuration: GatewayServiceConfiguration
    let runtime: ServiceRuntime
    let parts: [any DriverPart]
    private let server: ServerDriver
    private let relay: RelayDriver
    /// Keeps forwarding on, where masquerading needs it.
    private let forwarding: ForwardingSwitch?

    private var logger: Logger { runtime.logger }

    /// Makes sockets, interface and route; throws, and leaves nothing behind, when one cannot be made.
    package init(_ configuration: GatewayServiceConfiguration, logger: Logger) throws(ServiceError) {
        let name = configuration.relay.tunnel.interfaceName
        try Privileges.require(.netAdmin, to: "make the interface \(name)", role: .gateway)
        let configuration = try Self.completed(configuration, logger)
        self.configuration = configuration
        runtime = try ServiceRuntime(
            controlSocketPath: configuration.controlSocketPath,
            logger: logger,
            takesOver: true
        )
        let native = NativeWay(throughInterface: ())
        server = try ServerDriver(configuration.server, native: native, sharing: runtime)
        relay = try RelayDriver(configuration.relay, runtime: runtime, server: server)
        native.open(
            try ServiceError.wrapping { [relay] () throws(SystemError) in try relay.tunnel.interface.queue.shared() }
        )
        parts = server.parts + relay.parts
        forwarding = configuration.relay.masquerades ? try ForwardingSwitch(relay.changes, logger: logger) : nil
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    package func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Takes over those of the settings that can change without a break (``Role/settingsAtOnce``).
    package func adopt(_ fresh: GatewayServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        let fresh =
            fresh.lacksPublicAddress ? try Self.completed(fresh, with: configuration.server.server.primary) : fresh
        _ = try relay.adopt(fresh.relay)
        do throws(ServiceError) {
            _ = try server.adopt(fresh.server)
        } catch {
            _ = try relay.adopt(configuration.relay)
            throw error
        }
        configuration = fresh
        return SettingsAdoption(live: Role.gateway.settingsAtOnce, fleetKeyCount: fresh.relay.fleet.key?.keys.count)
    }

    /// Finds out the public address of a host behind a 1:1 NAT when nobody gave it, and says what it takes for true.
    private static func completed(
        _ configuration: GatewayServiceConfiguration,
        _ logger: Logger
    ) throws(ServiceError) -> GatewayServiceConfiguration {
        guard configuration.lacksPublicAddress else { return configuration }
        let inner = configuration.server.local.primary
        let metadata = try ServiceError.wrapping { () throws(SystemError) in try CloudMetadata() }
        guard let found = metadata.publicAddress() else {
            throw ServiceError(
                "--address: \(inner) is private, and no cloud's metadata service knows a public address of this host",
                remedy:
                    "behind a 1:1 NAT give the public address with --public-address, inside a network of your own its "
                    + "prefix with --internal-prefix"
            )
        }
        let completed = try Self.completed(configuration, with: found.address)
        logger.notice(
            """
            \(inner) is private: clients are told \(found.address), as the metadata service (\(found.cloud)) says; \
            --public-address says otherwise
            """
        )
        return completed
    }

    /// The gateway with the address that the metadata service told; throws where a configured one could not be that.
    private static func completed(
        _ configuration: GatewayServiceConfiguration,
        with address: IPv4Address
    ) throws(ServiceError) -> GatewayServiceConfiguration {
        let completed = configuration.known(by: address)
        do throws(ConfigurationError) {
            try completed.validate()
        } catch {
            throw ServiceError("the metadata service says \(address): \(error)", remedy: "give --public-address")
        }
        return completed
    }

    /// Runs until a signal ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        announce()
        defer {
            relay.close()
            forwarding?.restore()
        }
        relay.begin()
        while !runtime.isStopping { try turn() }
        try relay.end()
    }

    func settle() { relay.settle() }

    private func announce() {
        let status = relay.relayStatus
        logger.info(
            """
            server on \(server.endpoints), relay on \(status.identity.localEndpoint), interface \(status.dataPath.interface), \
            control socket \(runtime.control.path), 2001::/32 routed to the interface
            """
        )
        runtime.publish("server on \(server.endpoints), relay on \(status.identity.localEndpoint)")
        if configuration.relay.transit != nil { logger.info("transit is on") }
        if let announced = configuration.server.server.announcedTransitRelay {
            logger.info("clients of the server are told of the transit relay \(announced)")
        }
        warn()
        relay.warn()
        let relayPort = configuration.relay.bind?.port ?? GatewayServiceConfiguration.relayPort
        if let hint = FirewallHint.ufw(
            ports: [TeredoConstants.udpPort, relayPort],
            interface: status.dataPath.interface
        ) {
            logger.notice("\(hint)")
        }
    }

    private func warn() {
        let server = configuration.server.server
        guard server.secondary == nil else { return }
        for limit in GatewayStatus.Undetectable.allCases.map(\.phrase) {
            logger.warning("with one address clients cannot find out \(limit)")
        }
        let filter = server.filter
        let others = ((try? HostAddresses().ipv4) ?? []).filter { $0 != server.primary && filter.isGlobalUnicast($0) }
        guard let other = others.first else { return }
        logger.notice("this host also has \(other): give it with --secondary-address")
    }

    package func status() -> StatusReport {
        .gateway(
            GatewayStatus(server: server.serverStatus, relay: relay.relayStatus, uptime: runtime.uptime)
        )
    }

    package func measurements() -> RoleMeasurements { relay.measurements() }

    package func peers(limit: Int) -> PeerList? { relay.peers(limit: limit) }

    package func peer(_ address: IPv6Address) -> PeerList? { relay.peer(address) }

    package func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        try relay.changeInbound(change)
    }

    package func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain {
        var answer = try relay.drain(order)
        answer.role = .gateway
        return answer
    }

    package func watchPaths(_ isOn: Bool) { relay.watchPaths(isOn) }

    package func pollPathChange() -> PeerPathChange? { relay.pollPathChange() }

    package var nextPathChange: ProtocolInstant? { relay.nextPathChange }
}

extension GatewayServiceConfiguration: RoleConfiguration {
    package var role: Role { .gateway }
    package var needs: RoleNeeds {
        var needs = RoleNeeds.tunnel(relay.tunnel.dataPath, hook: relay.tunnel.hook)
        needs.files.append(FileRule(FirewallHint.settings, .read))
        if relay.announcement.table != nil { needs.addAnnouncement() }
        return needs
    }
    package var writtenFiles: [String] { [controlSocketPath] }
}
