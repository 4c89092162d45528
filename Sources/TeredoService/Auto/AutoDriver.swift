package import Logging
import TeredoControl
package import TeredoHost
import TeredoLinux
package import TeredoSettings
import TeredoWire

/// Runs a client, a host-specific relay or nothing, one after the other, as the host's network calls for it.
package final class AutoDriver: RoleDriver {
    private var configuration: AutoServiceConfiguration
    /// The driver of the role, while it runs.
    private var running = Running.none
    private let watch: RoleWatch
    /// Started once: the roles are made when the privileges for it have gone.
    private let process: HostProcess
    /// Likewise.
    private let hooks: HookProcess?
    /// What may come in unasked, whichever role runs.
    private let allowances: InboundAllowances
    private let logger: Logger
    private var settings: RunningSettings?

    private enum Running {
        case none
        case client(ClientDriver)
        case hostRelay(RelayDriver)
    }

    /// Looks at the host; nothing is made before ``run()``.
    package init(_ configuration: AutoServiceConfiguration, logger: Logger) throws(ServiceError) {
        self.configuration = configuration
        self.logger = logger
        let client = configuration.client
        allowances = InboundAllowances(client.allowed)
        try Privileges.require(.netAdmin, to: "make the interface \(client.tunnel.interfaceName)", role: .auto)
        process = try HostProcess(HostLimits(configuration))
        hooks =
            if let path = client.tunnel.hook {
                try HookProcess(path: path, interface: client.tunnel.interfaceName)
            } else { nil }
        watch = try RoleWatch(configuration.policy, interfaceName: client.tunnel.interfaceName, now: MonotonicClock.now)
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again, whichever role runs.
    package func follow(_ settings: RunningSettings?) { self.settings = settings }

    /// Has the role that runs take over what it can, and every later one the rest (``Role/settingsWithoutRestart``).
    package func adopt(_ fresh: AutoServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        var adoption = SettingsAdoption(later: Role.auto.settingsWithoutRestart)
        switch running {
        case .client(let driver): adoption.live = try driver.adopt(fresh.client).live
        case .hostRelay(let driver): adoption.live = try driver.adopt(fresh.hostRelay).live
        case .none: break
        }
        adoption.live.formUnion(Setting.deciding)
        allowances.adopt(fresh.client.allowed)
        watch.follow(fresh.policy, now: MonotonicClock.now)
        configuration.adoptForLater(fresh)
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
            try watch.adopt(now: MonotonicClock.now)
        }
    }

    private func runClient() throws(ServiceError) {
        let driver = try ClientDriver(
            configuration.client,
            logger: logger,
            session: nil,
            watch: watch,
            process: process,
            hooks: hooks,
            allowances: allowances
        )
        driver.follow(settings)
        running = .client(driver)
        defer { running = .none }
        try driver.run()
    }

    private func runHostRelay() throws(ServiceError) {
        let driver = try RelayDriver(
            configuration.hostRelay,
            logger: logger,
            watch: watch,
            process: process,
            hooks: hooks,
            allowances: allowances
        )
        driver.follow(settings)
        running = .hostRelay(driver)
        defer { running = .none }
        try driver.run()
    }

    private func runDormant() throws(ServiceError) {
        let driver = try DormantDriver(configuration.client, process, logger: logger, watch: watch)
        driver.follow(settings)
        try driver.run()
    }
}

extension HostLimits {
    /// Those of a host that is a client or a host-specific relay, whose interface comes and goes.
    fileprivate init(_ configuration: AutoServiceConfiguration) {
        self.init(configuration.client, index: nil)
        prefixes.formUnion(HostLimits(configuration.hostRelay, index: nil).prefixes)
        // The roles, which are made when the privileges have gone, have the same one.
        if let bind = configuration.client.bind, (1..<1024).contains(bind.port) { port = bind }
    }
}
