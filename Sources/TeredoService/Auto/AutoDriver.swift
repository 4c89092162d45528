package import Logging
import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings

/// Runs a client, a host-specific relay or nothing, one after the other, as the host's network calls for it.
package final class AutoDriver {
    private var client: ClientServiceConfiguration
    private var hostRelay: RelayServiceConfiguration
    /// The driver of the role, while it runs.
    private var running = Running.none
    private let watch: RoleWatch
    /// Started once: the roles are made when the privileges for it have gone.
    private let hooks: HookProcess?
    private let logger: Logger
    private var reload: ((Logger) -> Void)?

    private enum Running {
        case none
        case client(ClientDriver)
        case hostRelay(RelayDriver)
    }

    /// Looks at the host; nothing is made before ``run()``.
    ///
    /// Both configurations name the same interface and control socket.
    package init(
        _ policy: AutoPolicy,
        client: ClientServiceConfiguration,
        hostRelay: RelayServiceConfiguration,
        logger: Logger
    ) throws(ServiceError) {
        self.client = client
        self.hostRelay = hostRelay
        self.logger = logger
        try Privileges.require(.netAdmin, to: "make the interface \(client.interfaceName)", role: .auto)
        hooks = if let path = client.hook { try HookProcess(path: path, interface: client.interfaceName) } else { nil }
        watch = try RoleWatch(policy, interfaceName: client.interfaceName, now: Self.now)
    }

    /// Has SIGHUP do `action` instead of ending the role, whichever it is.
    package func onHangUp(_ action: ((Logger) -> Void)?) { reload = action }

    /// Has the role that runs take over what it can, and every later one the rest (``Setting/adoptedByAuto``); returns
    /// which settings changed at once.
    package func adopt(
        client freshClient: ClientServiceConfiguration,
        hostRelay freshRelay: RelayServiceConfiguration
    ) throws(ServiceError) -> SettingsAdoption {
        var adoption = SettingsAdoption(later: Setting.adoptedByAuto)
        switch running {
        case .client(let driver):
            try driver.adopt(freshClient)
            adoption.live = Setting.liveForClient
        case .hostRelay(let driver):
            try driver.adopt(freshRelay)
            adoption.live = Setting.liveForHostRelay
        case .none: break
        }
        client.adoptForLater(freshClient)
        hostRelay.adoptForLater(freshRelay)
        return adoption
    }

    /// Runs until a signal ends it; throws when a role cannot go on.
    package func run() throws(ServiceError) {
        while true {
            logger.notice("\(watch.decision.role): \(watch.decision.reason)")
            // Each driver is gone, with all that it made, before the next one is made.
            switch watch.decision.role {
            case .client: try runClient()
            case .hostRelay: try runHostRelay()
            case .dormant: try runDormant()
            }
            guard watch.isOver else { return }
            try watch.adopt(now: Self.now)
        }
    }

    private static var now: ProtocolInstant { ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds) }

    private func runClient() throws(ServiceError) {
        let driver = try ClientDriver(client, logger: logger, watch: watch, hooks: hooks)
        driver.onHangUp(reload)
        running = .client(driver)
        defer { running = .none }
        try driver.run()
    }

    private func runHostRelay() throws(ServiceError) {
        let driver = try RelayDriver(hostRelay, logger: logger, watch: watch, hooks: hooks)
        driver.onHangUp(reload)
        running = .hostRelay(driver)
        defer { running = .none }
        try driver.run()
    }

    private func runDormant() throws(ServiceError) {
        let runtime = try ServiceRuntime(controlSocketPath: client.controlSocketPath, logger: logger, watch: watch)
        try runtime.shareControl(withGroup: client.controlGroup)
        runtime.onHangUp = reload
        runtime.publish("dormant: \(watch.decision.reason)")
        logger.info("nothing is sent or opened, control socket \(runtime.controlSocketPath)")
        while !runtime.isStopping {
            let report = DormantStatus(
                reason: watch.decision.reason,
                network: watch.network,
                roles: watch.roles(now: runtime.now),
                uptime: runtime.uptime
            )
            runtime.wait(until: nil, control: DormantSource(report: report), handle: { _ in })
        }
    }
}

extension ClientServiceConfiguration {
    /// Becomes `fresh`, but for what privileges and other roles depend on.
    fileprivate mutating func adoptForLater(_ fresh: Self) {
        var next = fresh
        next.interfaceName = interfaceName
        next.dataPath = dataPath
        next.bind = bind
        next.stateFile = stateFile
        next.hook = hook
        next.controlSocketPath = controlSocketPath
        next.controlGroup = controlGroup
        self = next
    }
}

extension RelayServiceConfiguration {
    /// Becomes `fresh`, but for what privileges and other roles depend on.
    fileprivate mutating func adoptForLater(_ fresh: Self) {
        var next = fresh
        next.interfaceName = interfaceName
        next.dataPath = dataPath
        next.bind = bind
        next.hook = hook
        next.controlSocketPath = controlSocketPath
        next.controlGroup = controlGroup
        self = next
    }
}

/// What a dormant role gives to those who ask.
private struct DormantSource: ControlSource {
    let report: DormantStatus

    func status() -> StatusReport { .dormant(report) }

    func peers(limit: Int) -> PeerList? { nil }
}
