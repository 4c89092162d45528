import Logging
import TeredoControl
import TeredoCrypto
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The NAT diagnosis that runs once beside a qualified client, on sockets of its own.
extension ClientDriver {
    /// Begins when the client is qualified and the NAT is not known, and ends when the server or the NAT is another.
    func followDiagnosis(_ status: ConnectivityStatus, _ reason: StateChangeReason) {
        if case .mappingChanged(let old, let new) = reason, old.address != new.address { abandonDiagnosis() }
        switch reason {
        case .serverLost, .serverReturned: closeProbes()
        default: break
        }
        if case .qualified = status { startDiagnosis() } else { closeProbes() }
    }

    private func startDiagnosis() {
        guard natReport == nil, probeSockets == nil, let server = tunnel.machine.server, let address = network.address
        else { return }
        var settings = NATDiagnosisConfiguration(server: server)
        if !configuration.client.checksSecondaryServer { settings.server.secondary = nil }
        // SEC-39: the server hears no more of a client than it would without the diagnosis.
        settings.solicitationSpacing = RFC4380.solicitationTimeout
        settings.secret = configuration.client.secret
        settings.filter = configuration.client.filter
        let diagnosis = NATDiagnosis(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator()
        )
        do {
            let sockets = try ProbeSockets(diagnosis, on: tunnel.socket.localEndpoint.address)
            for (index, descriptor) in sockets.descriptors.enumerated() {
                try runtime.add(descriptor, source: Source.probes + UInt64(index))
            }
            probeSockets = sockets
            sockets.start(from: address, now: runtime.now)
        } catch {
            // Nothing depends on the report: the next qualification tries again.
            logger.notice("the NAT is not diagnosed: \(error.message)")
        }
    }

    /// Takes what waits on a socket of the diagnosis.
    func receive(onProbe index: Int) {
        let now = runtime.now
        probeSockets?.hold(until: tunnel.machine.nextForeignSolicitation(now: now))
        probeSockets?.receive(on: index, now: now)
        finishDiagnosis()
    }

    /// Does what is due.
    func handleDiagnosisTimeout(now: ProtocolInstant) {
        guard let probeSockets, let deadline = probeSockets.diagnosis.nextTimeout, deadline <= now else { return }
        probeSockets.hold(until: tunnel.machine.nextForeignSolicitation(now: now))
        probeSockets.handleTimeout(now: now)
        finishDiagnosis()
    }

    /// Forgets what was found out: the network is another one.
    func abandonDiagnosis() {
        natReport = nil
        closeProbes()
    }

    private func finishDiagnosis() {
        guard let probeSockets, probeSockets.diagnosis.isFinished else { return }
        let report = probeSockets.diagnosis.report
        closeProbes()
        // When the server went away meanwhile, the next qualification tries again.
        guard report.allowsClient else { return }
        natReport = report
        let behavior = NATBehaviorStatus(report)
        logger.info(
            """
            NAT mapping \(behavior.mapping ?? "unknown"), filtering \(behavior.filtering ?? "unknown"), \
            ports \(behavior.portAssignment ?? "unknown"), hairpinning \(behavior.hairpinning ?? "unknown")
            """
        )
    }

    private func closeProbes() {
        for descriptor in probeSockets?.descriptors ?? [] { runtime.remove(descriptor) }
        probeSockets = nil
    }
}
