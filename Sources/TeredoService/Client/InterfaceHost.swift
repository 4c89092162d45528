import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The host's side of a client that is a TUN interface, of the whole host or in the namespace of a command.
final class InterfaceHost: ClientHost {
    let gate: InboundGate?
    private let filter: InboundGate
    private let interface: HostInterface
    private let keeper: HostStateKeeper
    private let watch: HostProcessWatch?
    private let changes: any HostChanging
    private let logger: Logger

    /// Makes the interface ready, behind its filter; throws, and leaves nothing behind, when that cannot be done.
    ///
    /// With a command the interface is in the command's namespace. `process` and `hooks` are started here unless given, and `allowances`
    /// are those of the settings.
    init(
        _ configuration: ClientServiceConfiguration,
        on device: borrowing TUNDevice,
        inside command: IsolatedCommand?,
        by process: HostProcess?,
        hooks: HookProcess?,
        allowances: InboundAllowances?,
        _ runtime: ServiceRuntime
    ) throws(ServiceError) {
        let (now, logger) = (runtime.now, runtime.logger)
        let limits = HostLimits(configuration, index: device.index, isAlone: command != nil)
        if let command {
            // The namespace of the command is all that this process can change anyway, and it needs no capability for it.
            changes = HostChanger(limits, socket: command.netlink, filterSocket: command.netfilter)
            watch = nil
        } else {
            let process = if let process { process } else { try HostProcess(limits) }
            runtime.hostProcess = process
            changes = process
            watch = try HostProcessWatch(process, runtime.sources)
        }
        filter = try InboundGate(
            InboundGateSettings(configuration),
            allowances ?? InboundAllowances(configuration.allowed),
            by: changes,
            now: now,
            logger: logger
        )
        gate = filter
        interface = try HostInterface(
            device,
            behind: filter,
            changes: changes,
            mtu: configuration.client.mtu,
            hook: configuration.tunnel.hook,
            hooks: hooks,
            table: limits.table,
            socket: command?.netlink,
            logger: logger
        )
        keeper = HostStateKeeper(interface, role: "client", now: now, logger: logger)
        self.logger = logger
    }

    var place: String { "interface \(interface.name)" }
    var farewell: String { "\(place), its address and routes are gone" }

    /// Whether the interface itself still exists, in whichever network namespace.
    var exists: () -> Bool {
        get { keeper.exists }
        set { keeper.exists = newValue }
    }

    var parts: [any DriverPart] {
        let watches: [any DriverPart] = watch.map { [$0] } ?? []
        return watches + [keeper, filter]
    }

    func announce(isAlone: Bool) {
        filter.warn()
        guard isAlone else { return }
        let native = (try? Netlink.ipv6Addresses())?.first { $0.address.isGlobalScope && !$0.address.isTeredo }
        guard let native else { return }
        logger.notice(
            """
            this host has native IPv6 (\(native.address) on \(native.interfaceName)), which is preferred to Teredo; \
            to reach Teredo clients directly run a host-relay instead (RFC 4380 section 5.5)
            """
        )
    }

    func assign(_ address: IPv6Address, routes: [IPv6Prefix], mtu: Int) throws(ServiceError) {
        try interface.assign(address, routes: routes, mtu: mtu)
        interface.announce(address: address, mtu: mtu)
    }

    func setMTU(_ mtu: Int, address: IPv6Address?) {
        interface.setMTU(mtu)
        if let address { interface.announce(address: address, mtu: mtu) }
    }

    func end(now: ProtocolInstant) {}

    func withdraw() throws(ServiceError) {
        interface.withdraw()
        // What cannot be taken back is nothing to be silent about.
        if changes.isGone { throw HostProcessWatch.error }
    }

    func look(now: ProtocolInstant) throws(ServiceError) { try keeper.look(now: now) }

    func close() { interface.close() }

    func describe(in status: inout ClientStatus) {
        status.dataPath.interfaceFaults = keeper.faults
        status.dataPath.interfaceRestorations = keeper.restorations
        status.traffic.inbound = filter.status
    }
}
