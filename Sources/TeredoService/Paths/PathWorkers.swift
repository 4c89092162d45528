import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The worker threads beside the thread that has the machine: tells them which paths they may use, decides what they
/// hand over, and tells the machine what they did.
final class PathWorkers<Machine: PathMachine>: PathMover {
    let name = "workers"
    private let tunnel: Tunnel<Machine>
    private let doorbell: WakeUp
    private var table: PathTable
    private var countsOctets: Bool
    private var workers: [PathWorker] = []
    private var rules: PathRules?
    private var sweepDeadline: ProtocolInstant?
    /// What the machine knows of the octets that were moved through each slot.
    private var collected: [Int: OctetCount] = [:]

    /// How often the paths in use are compared with what the machine says.
    private static var sweepInterval: Duration { .seconds(1) }

    /// Starts the workers for a tunnel with an interface with queues and a port that is shared.
    init(
        _ settings: PathMoverSettings,
        tunnel: Tunnel<Machine>,
        _ runtime: ServiceRuntime
    ) throws(ServiceError) {
        self.tunnel = tunnel
        countsOctets = settings.countsOctets
        let endpoint = tunnel.socket.localEndpoint
        doorbell = try ServiceError.wrapping { () throws(SystemError) in try WakeUp() }
        var generator = SystemRandomNumberGenerator()
        table = try PathTable(limit: settings.peerLimit, using: &generator)
        for _ in 1..<settings.tunnel.workers {
            let state = try PathWorkerState(table: table, countsOctets: countsOctets, doorbell: doorbell)
            workers.append(
                try PathWorker(
                    state,
                    interface: tunnel.interface,
                    endpoint: endpoint,
                    offloads: settings.tunnel.offloads,
                    answeringFrom: tunnel.answeringAddresses,
                    by: runtime.bind,
                    enlargeBuffers: runtime.enlargeBuffers
                )
            )
        }
        for (number, worker) in workers.enumerated() { try worker.start(name: "worker-\(number + 1)") }
        try runtime.sources.add(doorbell.descriptor, for: self)
    }

    var nextTimeout: ProtocolInstant? { sweepDeadline }

    var traffic: PathTraffic {
        workers.reduce(into: PathTraffic()) { sum, worker in
            let traffic = worker.state.traffic
            sum.datagramsReceived &+= traffic.datagramsReceived
            sum.octetsReceived &+= traffic.octetsReceived
            sum.datagramsSent &+= traffic.datagramsSent
            sum.octetsSent &+= traffic.octetsSent
        }
    }

    var systemCounters: SystemCounters {
        workers.reduce(into: SystemCounters()) { sum, worker in
            sum.add(worker.state.systemCounters)
            sum.handoverFull += worker.state.handover.dropped
            sum.receiveBufferFull += worker.receiveDrops
        }
    }

    /// Has the machine decide what the workers handed over.
    func handle(_ source: Int, now: ProtocolInstant) {
        doorbell.silence()
        for worker in workers {
            var concerned: Set<IPv6Address> = []
            let count = worker.state.handover.takeAll { kind, octets in
                if case .error(let error) = kind {
                    return tunnel.handleError(error, quoting: octets, now: now)
                }
                let offset = if case .packet = kind { 24 } else { 8 }
                let address = octets.count >= 40 ? octets.ipv6Address(at: offset) : .unspecified
                if concerned.insert(address).inserted { recordActivity(of: address) }
                switch kind {
                case .datagram(let source):
                    tunnel.receive(octets, from: source, now: now) {
                        $0.handleServiceDatagram($1, from: source, now: now)
                    }
                case .packet:
                    tunnel.transmit(octets, now: now)
                case .error:
                    break
                }
            }
            tunnel.flush()
            for address in concerned { update(address, now: now) }
            worker.state.handover.confirm(count)
        }
        adoptRules()
    }

    func adoptRules() {
        let current = tunnel.machine.pathRules
        guard current != rules else { return }
        rules = current
        collectAll()
        table.removeAll()
        for worker in workers {
            worker.state.setRules(current)
            worker.state.thread.wake()
        }
    }

    /// Has all workers go on with another table where the limit or the counting of octets asks for one; throws, and
    /// leaves everything as it is, when there is no memory.
    func adopt(peerLimit: Int, countsOctets: Bool) throws(ServiceError) {
        guard PathTable.capacity(limit: peerLimit) != table.capacity || countsOctets != self.countsOctets else {
            return
        }
        var generator = SystemRandomNumberGenerator()
        let fresh = try PathTable(limit: peerLimit, using: &generator)
        var activities: [PathActivity] = []
        for _ in workers {
            activities.append(try PathActivity(capacity: fresh.capacity, countsOctets: countsOctets))
        }
        collectAll()
        collected = [:]
        // A worker that did not look up yet finds nothing, and hands over.
        table.removeAll()
        table = fresh
        self.countsOctets = countsOctets
        for (worker, activity) in zip(workers, activities) { worker.state.setTable(fresh, activity) }
    }

    func handleTimeout(now: ProtocolInstant) { review(now: now) }

    func reconsider(_ address: IPv6Address, now: ProtocolInstant) { update(address, now: now) }

    func review(now: ProtocolInstant) {
        for address in table.installed.keys {
            recordActivity(of: address)
            update(address, now: now)
        }
        sweepDeadline = table.installed.isEmpty ? nil : now + Self.sweepInterval
    }

    func stop() {
        for worker in workers { worker.stop() }
    }

    func recordActivity(of address: IPv6Address) {
        guard let place = table.installed[address] else { return }
        let reception = workers.map { $0.state.activity.lastReception(place.slot) }.max()
        let transmission = workers.map { $0.state.activity.lastTransmission(place.slot) }.max()
        tunnel.machine.recordActivity(
            of: address,
            lastReception: reception.flatMap { $0 < place.since ? nil : $0 },
            lastTransmission: transmission.flatMap { $0 < place.since ? nil : $0 }
        )
        guard countsOctets else { return }
        let octets = octets(place.slot)
        let fresh = octets - collected[place.slot, default: OctetCount()]
        collected[place.slot] = octets
        tunnel.machine.recordOctets(of: address, received: fresh.received, sent: fresh.sent)
    }

    private func octets(_ slot: Int) -> OctetCount {
        workers.reduce(OctetCount()) { $0 + $1.state.activity.octets(slot) }
    }

    private func collectAll() {
        for address in table.installed.keys { recordActivity(of: address) }
    }

    private func install(_ path: DirectPath, for address: IPv6Address, now: ProtocolInstant) {
        guard countsOctets, table.installed[address] == nil else { return table.set(path, for: address, now: now) }
        if table.isCrowded { collectAll() }
        table.set(path, for: address, now: now)
        // What was moved through the slot before was for others.
        if let slot = table.installed[address]?.slot { collected[slot] = octets(slot) }
    }

    private func update(_ address: IPv6Address, now: ProtocolInstant) {
        guard let path = tunnel.machine.directPath(to: address, now: now),
            now - path.lastReception < DirectPath.freshness
        else {
            recordActivity(of: address)
            return table.remove(address)
        }
        install(path, for: address, now: now)
        // What passes through the workers is not seen elsewhere.
        tunnel.notes.noticed.insert(address)
        if sweepDeadline == nil { sweepDeadline = now + Self.sweepInterval }
    }
}
