import Logging
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoProtocol
import TeredoWire

/// The NAT diagnosis that runs once beside a qualified client, on sockets of its own.
final class NATDiagnosisPart: DriverPart {
    let name = "NAT diagnosis"
    /// What is to be diagnosed, and the address of this host that probes leave from; `nil` while that is not known.
    var subject: () -> (diagnosis: NATDiagnosis, address: IPv4Address)? = { nil }
    /// When the machine admits a solicitation that is not its own.
    var nextSolicitation: (ProtocolInstant) -> ProtocolInstant = { $0 }
    /// What was found out; `nil` until that is done.
    private(set) var report: NATReport?
    private var probes: ProbeSockets?
    /// The address that the service port is bound to.
    private let bound: IPv4Address
    private let sources: SourceRegistry
    private let logger: Logger

    /// Diagnoses nothing before ``follow(_:_:now:)``.
    init(bound: IPv4Address, _ sources: SourceRegistry, logger: Logger) {
        self.bound = bound
        self.sources = sources
        self.logger = logger
    }

    /// Whether the diagnosis goes on.
    var isRunning: Bool { probes != nil }

    var nextTimeout: ProtocolInstant? { probes?.diagnosis.nextTimeout }

    /// Begins when the client is qualified and the NAT is not known, and ends when the server or the NAT is another.
    func follow(_ status: ConnectivityStatus, _ reason: StateChangeReason, now: ProtocolInstant) {
        if case .mappingChanged(let old, let new) = reason, old.address != new.address { abandon() }
        switch reason {
        case .serverLost, .serverReturned: close()
        default: break
        }
        if case .qualified = status { start(now: now) } else { close() }
    }

    /// Forgets what was found out: the network is another one.
    func abandon() {
        report = nil
        close()
    }

    /// Takes what waits on a socket of the diagnosis.
    func handle(_ source: Int, now: ProtocolInstant) {
        probes?.hold(until: nextSolicitation(now))
        probes?.receive(on: source, now: now)
        finish()
    }

    func handleTimeout(now: ProtocolInstant) {
        probes?.hold(until: nextSolicitation(now))
        probes?.handleTimeout(now: now)
        finish()
    }

    private func start(now: ProtocolInstant) {
        guard report == nil, probes == nil, let (diagnosis, address) = subject() else { return }
        do {
            let sockets = try ProbeSockets(diagnosis, on: bound)
            // What was done so far is undone by ``close()``.
            probes = sockets
            for (index, descriptor) in sockets.descriptors.enumerated() {
                try sources.add(descriptor, for: self, as: index)
            }
            sockets.start(from: address, now: now)
        } catch {
            close()
            // Nothing depends on the report: the next qualification tries again.
            logger.notice("the NAT is not diagnosed: \(error.message)")
        }
    }

    private func finish() {
        guard let probes, probes.diagnosis.isFinished else { return }
        let found = probes.diagnosis.report
        close()
        // When the server went away meanwhile, the next qualification tries again.
        guard found.allowsClient else { return }
        report = found
        logger.info("NAT \(NATBehaviorStatus(found).summary)")
    }

    private func close() {
        for descriptor in probes?.descriptors ?? [] { sources.remove(descriptor) }
        probes = nil
    }
}
