import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What stays over a restart.
extension ClientDriver {
    /// What the last run kept; `nil` for nothing.
    static func rememberedState(_ configuration: ClientServiceConfiguration, _ logger: Logger) -> ClientState? {
        guard let path = configuration.stateFile else { return nil }
        do {
            return try ClientState(path: path)
        } catch {
            logger.warning("beginning with a new port and address: \(error)")
            return nil
        }
    }

    /// Binds the service port: the configured one, else that of the last run, else a random one.
    static func bindService(
        _ configuration: ClientServiceConfiguration,
        remembered: ClientState?,
        _ logger: Logger
    ) throws(ServiceError) -> UDPSocket {
        let isShared = configuration.workers > 1
        if let port = remembered?.port, configuration.bind?.port ?? 0 == 0 {
            let endpoint = UDPEndpoint(configuration.bind?.address ?? .unspecified, port)
            do {
                return try ServicePort.bindService(endpoint, isShared: isShared)
            } catch {
                logger.notice("the port of the last run cannot be had, so the address changes: \(error.message)")
            }
        }
        return try ServicePort.bindService(configuration.bind, isShared: isShared)
    }

    /// Keeps port and address for the next run.
    func keepState(_ address: TeredoAddress) {
        guard let path = configuration.stateFile else { return }
        do {
            try ClientState(port: tunnel.socket.localEndpoint.port, address: address).write(path: path)
        } catch {
            logger.warning("\(error)")
        }
    }
}
