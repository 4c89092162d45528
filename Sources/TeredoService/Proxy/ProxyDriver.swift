package import Logging
package import TeredoHost
package import TeredoLinux
package import TeredoSettings

/// Runs a proxy: a client whose host is a TCP stack within this process, and the programs that use it.
package final class ProxyDriver: RoleDriver {
    private let client: ClientDriver
    private let proxy: ProxyHost

    /// Makes sockets and control socket; throws, and leaves nothing behind, when one cannot be made.
    package convenience init(_ configuration: ProxyServiceConfiguration, logger: Logger) throws(ServiceError) {
        let listeners = try ProxyListener.all(configuration.listen)
        try self.init(configuration, listeners, isFinished: nil, logger: logger)
    }

    /// Makes a proxy for one program, which is at the other end of `stream`; it ends with that, when `isFinished` says so.
    package convenience init(
        _ configuration: ProxyServiceConfiguration,
        serving stream: ByteStream,
        isFinished: @escaping () -> Bool,
        logger: Logger
    ) throws(ServiceError) {
        try self.init(configuration, [], isFinished: isFinished, logger: logger)
        proxy.serve(stream, now: MonotonicClock.now)
    }

    private init(
        _ configuration: ProxyServiceConfiguration,
        _ listeners: [ProxyListener],
        isFinished: (() -> Bool)?,
        logger: Logger
    ) throws(ServiceError) {
        var settings = configuration.client
        // The stack takes packets one by one, on the thread with the machine.
        settings.tunnel.offloads = []
        settings.tunnel.workers = 1
        let runtime = try Self.runtime(configuration, logger)
        let proxy = try ProxyHost(listeners, runtime.sources, isFinished: isFinished, logger: logger)
        let device = TUNDevice(name: "userspace", sink: proxy)
        client = try ClientDriver(settings, runtime, session: nil, host: proxy, device: device)
        self.proxy = proxy
        proxy.transmit = { [unowned client] in client.tunnel.transmit($0, now: $1) }
        client.isDone = { [unowned proxy] in proxy.isDone }
    }

    /// Without a control socket, if that cannot be made and nobody asked for it: two proxies may run, and `/run` may be read-only.
    private static func runtime(
        _ configuration: ProxyServiceConfiguration,
        _ logger: Logger
    ) throws(ServiceError) -> ServiceRuntime {
        let path = configuration.client.controlSocketPath
        do {
            return try ServiceRuntime(controlSocketPath: path, logger: logger)
        } catch {
            guard configuration.isControlSocketOptional, path != nil else { throw error }
            let runtime = try ServiceRuntime(controlSocketPath: nil, logger: logger)
            logger.notice("no control socket: \(error.message); choose another place with --control-socket")
            return runtime
        }
    }

    package func follow(_ settings: RunningSettings?) { client.follow(settings) }

    package func adopt(_ fresh: ProxyServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        _ = try client.adopt(fresh.client)
        return SettingsAdoption(live: Role.proxy.settingsAtOnce)
    }

    package func run() throws(ServiceError) { try client.run() }
}

extension ProxyServiceConfiguration: RoleConfiguration {
    package var role: Role { .proxy }
    package var needs: RoleNeeds { .proxy }
    package var writtenFiles: [String] { [client.controlSocketPath, client.stateFile].compactMap(\.self) }
}
