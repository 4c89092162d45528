package import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// A relay among others: its announcement, and its end (docs/fleet.md).
extension RelayDriver {
    /// The routes that announce a relay, if it is to have any; nothing is announced yet.
    static func announce(
        _ configuration: RelayServiceConfiguration,
        _ prefixes: [AnnouncedPrefix],
        through interface: Int32,
        _ runtime: ServiceRuntime
    ) throws(ServiceError) -> Announcement? {
        guard configuration.role == .relay, let table = configuration.announcement.table else { return nil }
        return try Announcement(
            prefixes,
            table: table,
            interface: interface,
            runtime.sources,
            logger: runtime.logger
        )
    }

    /// Has the announcement follow the condition of the relay, which is bound to `addresses`, and the end of it follow its clients.
    func prepareEnd(boundTo addresses: [IPv4Address]) {
        let reach = HostReach(bound: addresses, tunnel: tunnel.interface.index)
        var load = LoadMeter()
        announcement?.condition = { [unowned self] _ in condition(reach, &load) }
        runtime.drain = drain
        drain?.remaining = { [unowned self] in tunnel.machine.clientCount(usedSince: $0 - Drain.quiet) }
        drain?.onChange = { [unowned self] isOn, now in
            tunnel.machine.setDraining(isOn)
            announcement?.setDraining(isOn, now: now)
        }
        drain?.end = { [unowned runtime] in runtime.end(because: $0) }
    }

    private func condition(_ reach: HostReach, _ load: inout LoadMeter) -> RoleCondition {
        let overload = load.objection(
            received: movers.adding(to: tunnel.machine.counters).datagramsReceived,
            lost: movers.adding(to: tunnel.systemCounters).receiveBufferFull + tunnel.receiveDrops
        )
        if let fault = hostState.faults.first { return .unhealthy(fault.description) }
        if KernelSetting.forwardsIPv6 == false { return .unhealthy("the kernel does not forward IPv6") }
        if let objection = reach.objection { return .unhealthy(objection) }
        if tunnel.machine.trustedPeerCount >= configuration.peerLimit {
            return .overLimits("there is no room for another client (peer-limit)")
        }
        return overload.map { .overLimits($0) } ?? .healthy
    }

    package func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain {
        guard let drain else {
            throw ControlError(
                code: .notAvailable,
                message:
                    "a host-specific relay serves this host alone and is announced to nobody: stop it instead (SIGTERM)"
            )
        }
        drain.obey(order, isAnnounced: announcement != nil, now: runtime.now)
        return ControlDrain(role: configuration.role, drain: drainStatus)
    }

    /// How far the relay is, if it drains.
    var drainStatus: DrainStatus? {
        guard let drain, drain.isOn else { return nil }
        let now = runtime.now
        return drain.status(clients: drain.remaining(now), now: now)
    }
}
