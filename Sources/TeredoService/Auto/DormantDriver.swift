import Logging
import TeredoControl
import TeredoHost
import TeredoSettings

/// Runs nothing, and says so to those who ask, until the host's network calls for a role.
final class DormantDriver: PartDriver {
    let runtime: ServiceRuntime
    let parts: [any DriverPart]
    private let watch: RoleWatch

    /// Makes the control socket; throws when it cannot be made.
    init(
        _ configuration: ClientServiceConfiguration,
        _ process: HostProcess,
        logger: Logger,
        watch: RoleWatch
    ) throws(ServiceError) {
        runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger, watch: watch)
        parts = [try HostProcessWatch(process, runtime.sources)]
        self.watch = watch
        try runtime.control.share(withGroup: configuration.controlGroup)
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Runs until a signal or the watch ends it.
    func run() throws(ServiceError) {
        runtime.publish("dormant: \(watch.decision.reason)")
        runtime.logger.info("nothing is sent or opened, control socket \(runtime.control.path)")
        while !runtime.isStopping { try turn() }
    }

    func settle() {}

    func status() -> StatusReport {
        .dormant(
            DormantStatus(
                cause: watch.decision.cause,
                reason: watch.decision.reason,
                network: watch.network,
                roles: watch.roles(now: runtime.now),
                uptime: runtime.uptime
            )
        )
    }

    func measurements() -> RoleMeasurements { RoleMeasurements(started: runtime.startedAt) }

    func peers(limit: Int) -> PeerList? { nil }
}
