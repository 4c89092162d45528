import Logging
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoWire

/// Has the router forward the service port, beside everything else (RFC 6081 section 5.3).
///
/// Packets never wait for the router: while it is asked to remove a mapping, which may take half a second, the part has a
/// deadline like any other, and asks for the next mapping when that is over.
final class PortMappingPart: DriverPart {
    let name = "port mapping"
    /// What is to be mapped now; `nil` for nothing.
    var request: () -> PortMappingRequest? = { nil }
    /// Takes the endpoint that the router forwards from, and `nil` when it does not any more.
    var report: (UDPEndpoint?) -> Void = { _ in }
    /// Where the server sees the service port; `nil` while it does not.
    var observed: () -> UDPEndpoint? = { nil }
    /// Takes another service port, unless it has to stay; returns whether it did.
    var changePort: () -> Bool = { false }
    private var state = State.idle
    /// How many times the service port was changed on this way.
    private var changes = 0
    private let records: MappingRecordFile
    private let sources: SourceRegistry
    private let logger: Logger

    private enum State {
        case idle
        case active(PortMappingService)
        /// The router is asked to remove the mapping; whether another one is asked for afterwards.
        case removing(PortMappingService, beginsAgain: Bool)
    }

    private enum Source {
        static let socket = 0
        static let exchange = 1
    }

    /// Asks nobody before ``beginElsewhere(now:)``; `records` has what was left at routers, and gets what may be left.
    init(_ records: MappingRecordFile, _ sources: SourceRegistry, logger: Logger) {
        self.records = records
        self.sources = sources
        self.logger = logger
    }

    /// The service with the mapping in force; `nil` without one.
    var active: PortMappingService? { if case .active(let service) = state { service } else { nil } }

    /// Whether the router is being asked to remove a mapping.
    var isRemoving: Bool { if case .removing = state { true } else { false } }

    var nextTimeout: ProtocolInstant? { service?.nextTimeout }

    func handle(_ source: Int, now: ProtocolInstant) {
        serve(now: now) {
            if source == Source.socket { $0.receive(now: now) } else { $0.receiveAnswer(now: now) }
        }
    }

    func handleTimeout(now: ProtocolInstant) { serve(now: now) { $0.handleTimeout(now: now) } }

    /// Tells the mapper where the server sees the service port, when that changed.
    func finishTurn(now: ProtocolInstant) {
        guard let active else { return }
        let endpoint = observed()
        guard endpoint != active.observed else { return }
        serve(now: now) { $0.observe(endpoint, now: now) }
    }

    /// Begins anew: at start, and when the way to the router is another.
    func beginElsewhere(now: ProtocolInstant) {
        changes = 0
        restart(now: now)
    }

    /// Asks for the mapping that is wanted now.
    private func restart(now: ProtocolInstant) {
        let request = request()
        // The router before is told, without waiting; at the same router the next mapping takes the place of this one.
        if let active, active.gateway != request?.gateway { active.remove(now: now) }
        close()
        report(nil)
        guard let request else { return }
        do {
            let service = try PortMappingService(
                gateway: request.gateway,
                local: request.local,
                protocols: request.protocols,
                recordFile: records
            )
            // What was done so far is undone by ``close()``.
            state = .active(service)
            try sources.add(service.socketDescriptor, for: self, as: Source.socket)
            try sources.add(service.exchangeDescriptor, for: self, as: Source.exchange)
            service.start(now: now)
        } catch {
            close()
            logger.notice("no port mapping: \(error)")
        }
    }

    /// Has the mapping removed and asks for the one that is wanted now.
    func replace(now: ProtocolInstant) { remove(beginsAgain: true, now: now) }

    /// Has the mapping removed and asks for no other, because the role ends.
    ///
    /// It is over when ``isRemoving`` is `false`.
    func end(now: ProtocolInstant) { remove(beginsAgain: false, now: now) }

    private var service: PortMappingService? {
        switch state {
        case .idle: nil
        case .active(let service), .removing(let service, _): service
        }
    }

    private func remove(beginsAgain: Bool, now: ProtocolInstant) {
        switch state {
        case .removing(let service, _):
            state = .removing(service, beginsAgain: beginsAgain)
        case .active(let service) where service.isRemovalNeeded:
            state = .removing(service, beginsAgain: beginsAgain)
            report(nil)
            serve(now: now) { $0.remove(now: now) }
        case .idle, .active:
            if beginsAgain { restart(now: now) } else { close() }
        }
    }

    /// Has the service do something, and carries out what came of it.
    private func serve(now: ProtocolInstant, _ body: (PortMappingService) -> Void) {
        guard let service else { return }
        let before = service.mapping
        body(service)
        while let event = service.pollEvent() {
            if case .removing(_, let beginsAgain) = state {
                guard event == .removed else { continue }
                return beginsAgain ? restart(now: now) : close()
            }
            switch event {
            case .mapped(let mapping):
                report(mapping.external)
                guard before?.external != mapping.external else { continue }
                logger.info("the router forwards \(mapping.external) to this host (\(mapping.mappingProtocol.name))")
            case .unmapped(let reason):
                report(nil)
                if before != nil { logger.warning("the router no longer forwards a port: \(reason)") }
                logger.log(level: reason.isSilence ? .debug : .info, "no port mapping: \(reason)")
            case .portTaken:
                if moveOn(limit: Self.changeLimit, now: now) { return }
            case .seenElsewhere:
                let external = service.mapping.map { "\($0.external)" } ?? "none"
                let seen = observed().map { "\($0)" } ?? "none"
                logger.info("the router forwards \(external), but the server sees \(seen)")
                // A NAT that gives any port another number does so with the next one.
                if moveOn(limit: 1, now: now) { return }
            case .removed: continue
            }
        }
    }

    /// Has another service port mapped, unless that was tried often enough; returns whether it is.
    private func moveOn(limit: Int, now: ProtocolInstant) -> Bool {
        guard changes < limit, changePort() else { return false }
        changes += 1
        restart(now: now)
        return true
    }

    private func close() {
        guard let service else { return }
        sources.remove(service.socketDescriptor)
        sources.remove(service.exchangeDescriptor)
        state = .idle
    }

    private static let changeLimit = 3
}
