import TeredoWire

/// Removes the mappings that a run before left at the router.
struct MappingCleanup: Sendable {
    private enum Step: Hashable, Sendable {
        case inspecting
        case deleting
    }

    private struct Pending: Sendable {
        let identifier: Int
        let deadline: ProtocolInstant
        let record: MappingRecord
        let service: GatewayService
        let step: Step
    }

    private let site: MappingSite
    /// What is not known to be gone.
    private(set) var records: [MappingRecord]
    private var pending: [Pending] = []
    private var attempts = 0
    private var deadline: ProtocolInstant?

    /// Of what was left, mappings at this router are removed, and permanent ones at other routers are kept in mind.
    ///
    /// Those for the very port that a mapping is wanted for are not touched: it takes their place, or finds them in its
    /// way.
    init(site: MappingSite, inherited: [MappingRecord]) {
        self.site = site
        records = Array(
            inherited.filter { record in
                guard record.gateway == site.gateway else { return record.isPermanent }
                return record.mappingProtocol == .upnp || record.client == site.client
            }.suffix(Self.limit)
        )
    }

    var nextTimeout: ProtocolInstant? {
        var next = deadline
        for request in pending { next = .earlier(next, request.deadline) }
        return next
    }

    /// Begins.
    mutating func start(now: ProtocolInstant, outbox: inout MapperOutbox) {
        attempts = 0
        ask(now: now, outbox: &outbox)
        for record in due {
            if let service = record.service { inspect(record, at: service, now: now, outbox: &outbox) }
        }
    }

    /// A mapping was made by `service`: what it takes the place of is gone, and what could not be asked where it was
    /// made is asked there.
    mutating func handleMapping(
        _ mapping: PortMapping,
        by service: GatewayService?,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        records.removeAll { record in
            record.gateway == site.gateway && record.externalPort == mapping.external.port
                && record.mappingProtocol == mapping.mappingProtocol
        }
        guard let service else { return }
        for record in due where record.service != nil && record.service != service {
            guard !pending.contains(where: { $0.record == record }) else { continue }
            inspect(record, at: service, now: now, outbox: &outbox)
        }
    }

    mutating func handleTimeout(now: ProtocolInstant, outbox: inout MapperOutbox) {
        if let deadline, deadline <= now { ask(now: now, outbox: &outbox) }
        pending.removeAll { $0.deadline <= now }
    }

    /// Judges a response of PCP.
    mutating func handle(_ map: PCPMap) {
        guard map.result != 0 || map.lifetime == 0 else { return }
        forget { $0.nonce == map.nonce && $0.internalPort == map.internalPort }
    }

    /// Judges a response of NAT-PMP.
    mutating func handle(_ message: NATPMPMessage) {
        guard case .mapping(let result, let internalPort, _, let lifetime) = message, result != 0 || lifetime == 0
        else {
            return
        }
        forget { $0.mappingProtocol == .natPMP && $0.internalPort == internalPort }
    }

    /// Judges the answer to a request; returns `false` when it is not to one of these.
    mutating func handleAnswer(
        _ octets: [UInt8]?,
        to identifier: Int,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) -> Bool {
        guard let index = pending.firstIndex(where: { $0.identifier == identifier }) else { return false }
        let request = pending.remove(at: index)
        guard let answer = octets.flatMap(HTTPAnswer.init).map(GatewayAnswer.init) else { return true }
        switch request.step {
        case .inspecting:
            if answer == .refusal(code: GatewayAnswer.noSuchEntry) {
                records.removeAll { $0 == request.record }
            } else if let owner = answer.internalClient, owner != request.record.client {
                // Somebody else has the port meanwhile.
                records.removeAll { $0 == request.record }
            } else {
                let action = GatewayAction.deleteMapping(external: request.record.externalPort)
                send(action, request.record, at: request.service, .deleting, now: now, outbox: &outbox)
            }
        case .deleting: records.removeAll { $0 == request.record }
        }
        return true
    }

    private var due: [MappingRecord] { records.filter(isDue) }

    private mutating func forget(where isGone: (MappingRecord) -> Bool) {
        for record in due where isGone(record) { records.removeAll { $0 == record } }
    }

    private func isDue(_ record: MappingRecord) -> Bool {
        record.gateway == site.gateway && record.externalPort != site.port && record.internalPort != site.port
    }

    /// Asks by datagrams, which get lost.
    private mutating func ask(now: ProtocolInstant, outbox: inout MapperOutbox) {
        let asked = due.filter { $0.mappingProtocol != .upnp }
        for record in asked {
            let port = record.internalPort
            let bytes =
                record.mappingProtocol == .natPMP
                ? NATPMPMessage.mappingRequest(internalPort: port, externalPort: 0, lifetime: 0)
                : PCPMap.request(
                    client: record.client,
                    nonce: record.nonce,
                    internalPort: port,
                    externalPort: 0,
                    lifetime: 0
                )
            outbox.send(bytes, to: site.router)
        }
        attempts += 1
        deadline = asked.isEmpty || attempts == Self.attemptLimit ? nil : now + Self.pause
    }

    private mutating func inspect(
        _ record: MappingRecord,
        at service: GatewayService,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        let action = GatewayAction.specificEntry(external: record.externalPort)
        send(action, record, at: service, .inspecting, now: now, outbox: &outbox)
    }

    private mutating func send(
        _ action: GatewayAction,
        _ record: MappingRecord,
        at service: GatewayService,
        _ step: Step,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        pending.append(
            Pending(
                identifier: outbox.exchange(service.request(action)),
                deadline: now + UPnPRequester.requestTime,
                record: record,
                service: service,
                step: step
            )
        )
    }

    private static let limit = 16
    private static let attemptLimit = 3
    private static let pause = Duration.seconds(2)
}
