import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The worker threads beside the thread that has the machine: tells them which paths they may use, decides what they
/// hand over, and tells the machine what they did.
final class PathWorkers {
    private let doorbell: WakeUp
    private let table: PathTable
    private var workers: [PathWorker] = []
    private var rules: PathRules?
    private var sweepDeadline: ProtocolInstant?

    /// How often the paths in use are compared with what the machine says.
    private static let sweepInterval = Duration.seconds(1)

    /// Makes `count` workers for a tunnel with an interface with queues and a port that is shared; `nil` for none.
    init?(
        count: Int,
        tunnel: Tunnel<some PathMachine>,
        offloads: Set<Offload>,
        peerLimit: Int
    ) throws(ServiceError) {
        guard count > 0 else { return nil }
        let endpoint = tunnel.socket.localEndpoint
        doorbell = try ServiceError.wrapping { () throws(SystemError) in try WakeUp() }
        var generator = SystemRandomNumberGenerator()
        table = try PathTable(limit: peerLimit, using: &generator)
        for _ in 0..<count {
            let state = try PathWorkerState(table: table, doorbell: doorbell)
            workers.append(try PathWorker(state, interface: tunnel.interface, endpoint: endpoint, offloads: offloads))
        }
        for (number, worker) in workers.enumerated() { try worker.start(name: "worker-\(number + 1)") }
    }

    /// The descriptor that tells when something was handed over.
    var descriptor: CInt { doorbell.descriptor }
    /// When ``handleTimeout(_:now:)`` has something to do.
    var nextTimeout: ProtocolInstant? { sweepDeadline }

    /// What the workers moved.
    var traffic: PathTraffic {
        workers.reduce(into: PathTraffic()) { sum, worker in
            let traffic = worker.state.traffic
            sum.datagramsReceived &+= traffic.datagramsReceived
            sum.octetsReceived &+= traffic.octetsReceived
            sum.datagramsSent &+= traffic.datagramsSent
            sum.octetsSent &+= traffic.octetsSent
        }
    }

    /// What the system refused to the workers.
    var systemCounters: SystemCounters {
        workers.reduce(into: SystemCounters()) { sum, worker in
            sum.add(worker.state.systemCounters)
            sum.handoverFull += worker.state.handover.dropped
        }
    }

    /// Has the machine decide what the workers handed over.
    func serve(_ tunnel: Tunnel<some PathMachine>, now: ProtocolInstant) {
        doorbell.silence()
        for worker in workers {
            var concerned: Set<IPv6Address> = []
            let count = worker.state.handover.takeAll { kind, octets in
                let offset = if case .packet = kind { 24 } else { 8 }
                let address = octets.count >= 40 ? octets.ipv6Address(at: offset) : .unspecified
                if concerned.insert(address).inserted { recordActivity(of: address, in: tunnel) }
                switch kind {
                case .datagram(let source):
                    tunnel.receive(octets) { $0.handleServiceDatagram($1, from: source, now: now) }
                case .packet:
                    tunnel.transmit(octets, now: now)
                }
            }
            tunnel.flush()
            for address in concerned { update(address, tunnel, now: now) }
            worker.state.handover.confirm(count)
        }
        adoptRules(of: tunnel)
    }

    /// Lets the workers know the rules in force; to be called after everything that may change them.
    func adoptRules(of tunnel: Tunnel<some PathMachine>) {
        let current = tunnel.machine.pathRules
        guard current != rules else { return }
        rules = current
        table.removeAll()
        for worker in workers {
            worker.state.setRules(current)
            worker.state.wakeUp.ring()
        }
    }

    /// Compares the paths in use with what the machine says.
    func handleTimeout(_ tunnel: Tunnel<some PathMachine>, now: ProtocolInstant) {
        guard let sweepDeadline, sweepDeadline <= now else { return }
        for address in table.installed.keys {
            recordActivity(of: address, in: tunnel)
            update(address, tunnel, now: now)
        }
        self.sweepDeadline = table.installed.isEmpty ? nil : now + Self.sweepInterval
    }

    /// Ends all workers.
    func stop() {
        for worker in workers { worker.stop() }
    }

    private func recordActivity(of address: IPv6Address, in tunnel: Tunnel<some PathMachine>) {
        guard let place = table.installed[address] else { return }
        let reception = workers.map { $0.state.activity.lastReception(place.slot) }.max() ?? 0
        let transmission = workers.map { $0.state.activity.lastTransmission(place.slot) }.max() ?? 0
        let since = place.since.nanoseconds
        tunnel.machine.recordActivity(
            of: address,
            lastReception: reception < since ? nil : ProtocolInstant(nanoseconds: reception),
            lastTransmission: transmission < since ? nil : ProtocolInstant(nanoseconds: transmission)
        )
    }

    private func update(_ address: IPv6Address, _ tunnel: Tunnel<some PathMachine>, now: ProtocolInstant) {
        guard let path = tunnel.machine.directPath(to: address, now: now),
            now - path.lastReception < DirectPath.freshness
        else { return table.remove(address) }
        table.set(path, for: address, now: now)
        // What passes through the workers is not seen elsewhere.
        tunnel.notice(address)
        if sweepDeadline == nil { sweepDeadline = now + Self.sweepInterval }
    }
}
