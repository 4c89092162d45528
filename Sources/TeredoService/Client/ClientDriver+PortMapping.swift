import Logging
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Having the router forward the service port, beside everything else (RFC 6081 section 5.3).
extension ClientDriver {
    /// Begins anew: at start, and when the way to the server is another.
    func restartPortMapping() {
        stopPortMapping()
        tunnel.machine.setPortMapping(nil, now: runtime.now)
        guard configuration.portMapping != .off, let local = localEndpoint,
            let gateway = Netlink.gateway(towards: serverAddress ?? Self.anyGlobalAddress)
        else { return }
        do {
            let service = try PortMappingService(
                gateway: gateway,
                local: local,
                protocols: configuration.portMapping.protocols
            )
            try runtime.add(service.socketDescriptor, source: Source.portMapping)
            try runtime.add(service.exchangeDescriptor, source: Source.portMappingAnswer)
            portMapping = service
            service.start(now: runtime.now)
        } catch {
            logger.notice("no port mapping: \(error)")
        }
    }

    private func stopPortMapping() {
        guard let service = portMapping else { return }
        runtime.remove(service.socketDescriptor)
        runtime.remove(service.exchangeDescriptor)
        portMapping = nil
    }

    /// Does what is due and tells the client what came of it.
    func servePortMapping(_ body: (PortMappingService, ProtocolInstant) -> Void) {
        guard let service = portMapping else { return }
        let before = service.mapping
        body(service, runtime.now)
        while let event = service.pollEvent() {
            switch event {
            case .mapped(let mapping):
                tunnel.machine.setPortMapping(mapping.external, now: runtime.now)
                tunnel.drain()
                guard before?.external != mapping.external else { continue }
                logger.info("the router forwards \(mapping.external) to this host (\(mapping.mappingProtocol.name))")
            case .unmapped(let reason):
                tunnel.machine.setPortMapping(nil, now: runtime.now)
                tunnel.drain()
                if before != nil { logger.warning("the router forwards no port any more: \(reason)") }
                logger.debug("no port mapping: \(reason)")
            case .removed: isMappingRemoved = true
            }
        }
    }

    /// Removes the mapping at the end; waits for the router half a second at most.
    func removePortMapping() {
        guard portMapping?.mapping != nil else { return }
        servePortMapping { $0.remove(now: $1) }
        let deadline = runtime.now + .milliseconds(500)
        while !isMappingRemoved, runtime.now < deadline {
            runtime.wait(until: deadline, control: self) { source in
                switch source {
                case Source.portMapping: servePortMapping { $0.receive(now: $1) }
                case Source.portMappingAnswer: servePortMapping { $0.receiveAnswer(now: $1) }
                default: break
                }
            }
        }
    }
}
