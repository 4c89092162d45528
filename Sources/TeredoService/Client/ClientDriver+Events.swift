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
    func pump() {
        while let event = tunnel.machine.pollEvent() {
            handle(event)
            tunnel.drain()
        }
        tunnel.flush()
        workers?.adoptRules(of: tunnel)
        let own = tunnel.machine.pathRules == nil ? nil : tunnel.machine.address?.ipv6
        kernelPath?.adopt(.client(own), mtu: tunnel.machine.mtu)
    }

    private func handle(_ event: ClientEvent) {
        switch event {
        case .serverAddressNeeded: findServers()
        case .statusChanged(let status, let reason): handleStatus(status, reason)
        case .addressAssigned(let address, let mtu): assign(address, mtu: mtu)
        case .addressWithdrawn(let address, let reason):
            withdraw()
            logger.info("address \(address) withdrawn: \(reason)")
        case .mtuChanged(let mtu):
            attempt { () throws(ServiceError) in try setup.setMTU(mtu) }
            if let address = tunnel.machine.address { hook?.up(address: address.ipv6, mtu: mtu) }
            logger.info("the server advertises an MTU of \(mtu)")
        case .secondaryPortNeeded: openSecondaryPort()
        case .secondaryPortDone: closeSecondaryPort()
        case .randomPortNeeded(let slot): openRandomPort(slot)
        case .randomPortDone(let slot): closeRandomPort(slot)
        case .transitRelayFound(let relay):
            logger.info(
                "the server announces the transit relay \(relay): peers that cannot be reached directly are reached through it"
            )
        case .pathChanged(let peer): logger.debug("\(peer) is reached directly now, not through the transit relay")
        case .refreshIntervalChanged(let interval):
            logger.info("refresh interval is now \(interval.components.seconds) seconds")
        case .keyReplacementAdvised:
            logger.warning("the server says that the secret is about to be replaced: obtain a new one")
        }
    }

    private func handleStatus(_ status: ConnectivityStatus, _ reason: StateChangeReason) {
        stateSince = MonotonicClock.nanoseconds
        stateReason = reason
        history.insert((stateSince, status, reason), at: 0)
        if history.count > StateChange.limit { history.removeLast() }
        runtime.publish(ControlEvent(Self.change(to: status, reason, secondsAgo: 0)))
        followDiagnosis(status, reason)
        runtime.publish("\(status.word): \(reason)")
        switch status {
        case .initial:
            logger.info("stopped: \(reason)")
        case .starting(.resolving):
            logger.info("qualifying: \(reason)")
        case .starting(let phase):
            logger.info("qualifying, \(phase.rawValue) phase: \(reason)")
        case .qualified:
            serverAddress = tunnel.machine.server?.primary ?? serverAddress
            logger.info("qualified, NAT \(natStatus.phrase): \(reason)")
        case .offline(let until):
            let pause = TimeText.wholeSeconds(nanoseconds: max(0, until.nanoseconds &- runtime.now.nanoseconds))
            let next = until.nanoseconds == .max ? "waiting for the network" : "next attempt in \(pause) s"
            let names = reason == .serverUnresolved ? " (\(configuration.serverList))" : ""
            logger.warning("offline, \(next): \(reason)\(names)")
        }
    }

    private func assign(_ address: TeredoAddress, mtu: Int) {
        attempt { () throws(ServiceError) in
            // A hook like Miredo's takes the interface down with the address.
            if hook != nil { try setup.bringUp(mtu: mtu) } else { try setup.setMTU(mtu) }
            let defaultRoute = IPv6Prefix(.unspecified, length: 0)
            try setup.assign(
                address.ipv6,
                routes: (configuration.installsDefaultRoute ? [defaultRoute] : []) + configuration.routes
            )
            try sourceRouting?.establish(for: address.ipv6)
        }
        guard failure == nil else { return }
        keepState(address)
        hook?.up(address: address.ipv6, mtu: mtu)
        runtime.publish("qualified: \(address)")
        logger.info(
            "address \(address) on \(tunnel.interface.name), MTU \(mtu), mapped to \(address.mappedEndpoint)"
        )
        session?.start()
    }

    /// Takes address and routes away, and tells the hook.
    func withdraw() {
        sourceRouting?.withdraw()
        setup.withdraw()
        hook?.down()
    }

    private func openSecondaryPort() {
        do {
            let port = try AuxiliaryPort(address: tunnel.socket.localEndpoint.address)
            try runtime.add(port.descriptor, source: Source.secondary)
            secondaryPort = port
            tunnel.machine.secondaryPortOpened(now: runtime.now)
        } catch {
            logger.warning("the refresh interval cannot be determined: \(error.message)")
        }
    }

    private func closeSecondaryPort() {
        guard let port = secondaryPort else { return }
        runtime.remove(port.descriptor)
        secondaryPort = nil
    }

    private func openRandomPort(_ slot: UInt8) {
        do {
            let port = try AuxiliaryPort(address: tunnel.socket.localEndpoint.address)
            try runtime.add(port.descriptor, source: Source.randomPorts + UInt64(slot))
            randomPorts[slot] = port
            tunnel.machine.randomPortOpened(slot, port: port.port, now: runtime.now)
        } catch {
            logger.warning("no random port for a peer behind a symmetric NAT: \(error.message)")
            tunnel.machine.randomPortFailed(slot, now: runtime.now)
        }
    }

    private func closeRandomPort(_ slot: UInt8) {
        guard let port = randomPorts.removeValue(forKey: slot) else { return }
        runtime.remove(port.descriptor)
    }

    /// Remembers the first failure that the client cannot live with.
    private func attempt(_ body: () throws(ServiceError) -> Void) {
        do {
            try body()
        } catch {
            failure = failure ?? error
        }
    }
}
