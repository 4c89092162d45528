package import TeredoProtocol
import TeredoWire

/// UPnP IGD: description, AddPortMapping, GetExternalIPAddress (RFC 6081 section 5.3.2).
extension PortMapper {
    /// Judges the answer to an exchange; `nil` when the router could not be reached.
    package mutating func handleAnswer(_ bytes: [UInt8]?, to identifier: Int, now: ProtocolInstant) {
        guard isCurrent(identifier) else { return }
        if step == .removing { return finishRemoval() }
        guard let answer = bytes.flatMap(HTTPMessage.answer) else {
            switch step {
            case .describing, .adding, .asking:
                return begin(after: .upnp, because: "the router's UPnP service does not answer", now: now)
            case .idle, .pcp, .natPMP, .searching, .mapped, .removing, .unavailable: return
            }
        }
        switch step {
        case .describing(let location):
            guard answer.status == 200, let service = GatewayService(description: answer.body, at: location) else {
                return begin(after: .upnp, because: "the router's UPnP service maps no ports", now: now)
            }
            add(service, lease: Int(Self.requestedLifetime), now: now)
        case .adding(let service, let lease):
            handleAdded(answer, service, lease: lease, now: now)
        case .asking(let service, let lease):
            guard answer.status == 200, let address = GatewayService.externalAddress(answer.body),
                address != .unspecified
            else {
                exchange(service.control.host, service.request(.deleteMapping(external: port)))
                return begin(after: .upnp, because: "the router does not know its external address", now: now)
            }
            let mapping = PortMapping(
                mappingProtocol: .upnp,
                external: UDPEndpoint(address, port),
                internalPort: port,
                lifetime: lease == 0 ? nil : .seconds(lease)
            )
            finish(mapping, service, now: now)
        case .idle, .pcp, .natPMP, .searching, .mapped, .removing, .unavailable:
            break
        }
    }

    /// The external port is the internal one (RFC 6081 section 5.3.2); a mapping that an earlier run left is overwritten.
    mutating func add(_ service: GatewayService, lease: Int, now: ProtocolInstant) {
        step = .adding(service, lease: lease)
        deadline = now + Self.exchangeTime
        let action = GatewayService.Action.addMapping(external: port, internalPort: port, client: client, lease: lease)
        exchange(service.control.host, service.request(action))
    }

    private mutating func handleAdded(
        _ answer: (status: Int, body: String),
        _ service: GatewayService,
        lease: Int,
        now: ProtocolInstant
    ) {
        if answer.status == 200 {
            step = .asking(service, lease: lease)
            deadline = now + Self.exchangeTime
            return exchange(service.control.host, service.request(.externalAddress))
        }
        let code = GatewayService.errorCode(answer.body)
        // OnlyPermanentLeasesSupported: then for ever, and removed at exit.
        if code == 725, lease != 0 { return add(service, lease: 0, now: now) }
        let reason =
            code == 718 ? "the router forwards port \(port) to another host" : "UPnP error \(code ?? answer.status)"
        begin(after: .upnp, because: reason, now: now)
    }
}
