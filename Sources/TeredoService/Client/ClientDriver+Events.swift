import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What the client asks for and tells.
extension ClientDriver {
    /// Carries out the client's events until there are none, and sends what comes of them.
    func settle() throws(ServiceError) {
        var failure: ServiceError?
        while let event = tunnel.machine.pollEvent() {
            do {
                try handle(event)
            } catch {
                failure = failure ?? error
            }
            tunnel.drain()
        }
        tunnel.flush()
        movers.adoptRules()
        if let failure { throw failure }
    }

    private func handle(_ event: ClientEvent) throws(ServiceError) {
        switch event {
        case .serverAddressNeeded: servers.find(now: runtime.now)
        case .statusChanged(let status, let reason): handleStatus(status, reason)
        case .addressAssigned(let address, let mtu): try assign(address, mtu: mtu)
        case .addressWithdrawn(let address, let reason):
            try host.withdraw()
            logger.info("address \(address) withdrawn: \(reason)")
        case .mtuChanged(let mtu):
            host.setMTU(mtu, address: tunnel.machine.address?.ipv6)
            logger.info("the server advertises an MTU of \(mtu)")
        case .secondaryPortNeeded: auxiliaryPorts.openSecondary(now: runtime.now)
        case .secondaryPortDone: auxiliaryPorts.closeSecondary()
        case .randomPortNeeded(let slot): auxiliaryPorts.openRandom(slot, now: runtime.now)
        case .randomPortDone(let slot): auxiliaryPorts.closeRandom(slot)
        case .transitRelayFound(let relay):
            logger.info(
                "the server announces the transit relay \(relay): peers that cannot be reached directly are reached through it"
            )
        case .pathChanged(let peer): logger.debug("\(peer) is now reached directly, not through the transit relay")
        case .refreshIntervalChanged(let interval):
            logger.info("refresh interval is now \(interval.components.seconds) seconds")
        case .mappingLost(let time, let interval):
            logger.notice(
                "the NAT forgot the mapping within \(Seconds.roundedUp(time)) seconds: refresh interval is now \(interval.components.seconds) seconds"
            )
        case .mappingNotKept(let time):
            logger.warning(
                "the NAT forgets mappings within \(Seconds.roundedUp(time)) seconds, faster than they are refreshed: nobody reaches this client in between. Raise the router's UDP timeout, or set a refresh interval that is shorter"
            )
        case .keyReplacementAdvised:
            logger.warning("the server says that the secret is about to be replaced: obtain a new one")
        }
    }

    private func handleStatus(_ status: ConnectivityStatus, _ reason: StateChangeReason) {
        history.record(status, reason, now: runtime.now)
        runtime.publish(ControlEvent(StateChange(to: status, reason, age: .zero)))
        if case .qualified = status { network.server = tunnel.machine.server?.primary ?? network.server }
        diagnosis.follow(status, reason, now: runtime.now)
        nearHops.follow(status, now: runtime.now)
        runtime.publish("\(status.word): \(reason)")
        switch status {
        case .initial:
            logger.info("stopped: \(reason)")
        case .starting(.resolving):
            logger.info("qualifying: \(reason)")
        case .starting(let phase):
            logger.info("qualifying, \(phase.rawValue) phase: \(reason)")
        case .qualified:
            logger.info("qualified, NAT \(natStatus.phrase): \(reason)")
        case .offline(let until):
            let pause = Seconds.number(max(.zero, until - runtime.now))
            let next = until.nanoseconds == .max ? "waiting for the network" : "next attempt in \(pause) s"
            let names = reason == .serverUnresolved ? " (\(configuration.serverList))" : ""
            logger.warning("offline, \(next): \(reason)\(names)")
        }
    }

    private func assign(_ address: TeredoAddress, mtu: Int) throws(ServiceError) {
        try host.assign(address.ipv6, routes: configuration.installedRoutes, mtu: mtu)
        stateFile.keep(port: tunnel.socket.localEndpoint.port, address)
        runtime.publish("qualified: \(address)")
        logger.info(
            "address \(address) on \(tunnel.interface.name), MTU \(mtu), mapped to \(address.mappedEndpoint)"
        )
        session?.start()
        // What keeps the address from being there is said at once.
        try host.look(now: runtime.now)
    }
}
