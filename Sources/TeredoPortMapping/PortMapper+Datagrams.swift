package import TeredoProtocol
package import TeredoWire

/// PCP and NAT-PMP (RFC 6887, RFC 6886), and the search of UPnP.
extension PortMapper {
    /// Judges a datagram that came in on the mapper's socket; only the router's count.
    package mutating func handleDatagram(_ bytes: Span<UInt8>, from source: UDPEndpoint, now: ProtocolInstant) {
        guard source.address == gateway, bytes.count <= 4096 else { return }
        if source.port == Self.routerPort {
            if let map = PCPMap(response: bytes) { return handle(map, now: now) }
            if let message = NATPMPMessage(response: bytes) { return handle(message, now: now) }
            return
        }
        if case .searching = step, let location = SSDPMessage.location(in: bytes, from: source.address) {
            step = .describing(location)
            deadline = now + Self.exchangeTime
            exchange(location.host, HTTPMessage.get(location))
        }
    }

    mutating func sendPCP(lifetime: UInt32) {
        let request = PCPMap.request(
            client: client,
            nonce: nonce,
            internalPort: port,
            externalPort: lifetime == 0 ? 0 : port,
            lifetime: lifetime
        )
        send(request)
    }

    mutating func tryPCP(attempts: Int, now: ProtocolInstant) {
        guard attempts < Self.attemptLimit else { return giveUp(.pcp, now: now) }
        step = .pcp(attempts: attempts)
        deadline = now + Self.pause(attempts)
        sendPCP(lifetime: Self.requestedLifetime)
    }

    mutating func tryNATPMP(attempts: Int, now: ProtocolInstant) {
        guard attempts < Self.attemptLimit else { return giveUp(.natPMP, now: now) }
        step = .natPMP(attempts: attempts)
        deadline = now + Self.pause(attempts)
        send(NATPMPMessage.externalAddressRequest)
        send(
            NATPMPMessage.mappingRequest(internalPort: port, externalPort: port, lifetime: Self.requestedLifetime)
        )
    }

    mutating func search(attempts: Int, now: ProtocolInstant) {
        guard attempts < Self.attemptLimit else { return giveUp(.upnp, now: now) }
        step = .searching(attempts: attempts)
        deadline = now + Self.searchTime
        for target in SSDPMessage.targets {
            let search = SSDPMessage.search(for: target)
            // Some routers hear the group only, some, with a firewall on the way, only themselves.
            transmits.append(Transmit(destination: SSDPMessage.group, bytes: search))
            transmits.append(Transmit(destination: UDPEndpoint(gateway, SSDPMessage.group.port), bytes: search))
        }
    }

    /// A router that is silent about PCP is silent about NAT-PMP too when it has neither; one round of it is enough.
    private mutating func giveUp(_ failed: MappingProtocol, now: ProtocolInstant) {
        begin(after: failed, because: "the router speaks neither PCP, NAT-PMP nor UPnP", now: now)
    }

    private mutating func handle(_ map: PCPMap, now: ProtocolInstant) {
        guard map.nonce == nonce, map.internalPort == port else { return }
        if step == .removing { return finishRemoval() }
        guard case .pcp = step else { return }
        guard map.result == 0, let external = map.external, external.port != 0, map.lifetime > 0 else {
            return begin(after: .pcp, because: "the router refused PCP (result \(map.result))", now: now)
        }
        let mapping = PortMapping(
            mappingProtocol: .pcp,
            external: external,
            internalPort: port,
            lifetime: .seconds(map.lifetime)
        )
        finish(mapping, nil, now: now)
    }

    private mutating func handle(_ message: NATPMPMessage, now: ProtocolInstant) {
        if case .pcp = step, case .unsupportedVersion = message {
            return begin(after: .pcp, because: "the router does not speak PCP", now: now)
        }
        switch message {
        case .externalAddress(let result, let address):
            natPMPAddress = result == 0 && address != .unspecified ? address : nil
        case .mapping(let result, let internalPort, let externalPort, let lifetime):
            guard internalPort == port else { return }
            if step == .removing { return finishRemoval() }
            guard case .natPMP = step else { return }
            guard result == 0, externalPort != 0, lifetime > 0 else {
                return begin(after: .natPMP, because: "the router refused NAT-PMP (result \(result))", now: now)
            }
            // Without the address, which may be lost, the next attempt asks again.
            guard let natPMPAddress else { return }
            let mapping = PortMapping(
                mappingProtocol: .natPMP,
                external: UDPEndpoint(natPMPAddress, externalPort),
                internalPort: port,
                lifetime: .seconds(lifetime)
            )
            finish(mapping, nil, now: now)
        case .unsupportedVersion:
            if case .natPMP = step {
                begin(after: .natPMP, because: "the router does not speak NAT-PMP", now: now)
            }
        }
    }

    private static func pause(_ attempts: Int) -> Duration { .milliseconds(250) * (1 << attempts) }

    private static let attemptLimit = 2
    private static let searchTime = Duration.milliseconds(750)
    static let exchangeTime = Duration.seconds(3)
}
