import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The file where a client keeps what stays over a restart.
struct ClientStateFile {
    /// Where it is; `nil` for nowhere.
    let path: String?
    let logger: Logger

    /// What the last run kept; `nil` for nothing.
    var remembered: ClientState? {
        guard let path else { return nil }
        do {
            return try ClientState(path: path)
        } catch {
            logger.warning("starting with a new port and address: \(error)")
            return nil
        }
    }

    /// Keeps port and address for the next run.
    func keep(port: UInt16, _ address: TeredoAddress) {
        guard let path else { return }
        do {
            try ClientState(port: port, address: address).write(path: path)
        } catch {
            logger.warning("\(error)")
        }
    }
}

extension ServicePort {
    /// Binds the service port of a client: the configured one, else that of the last run, else a random one.
    static func bind(
        _ configuration: ClientServiceConfiguration,
        remembered: ClientState?,
        _ logger: Logger
    ) throws(ServiceError) -> UDPSocket {
        let isShared = configuration.workers > 1
        if let port = remembered?.port, configuration.bind?.port ?? 0 == 0 {
            let endpoint = UDPEndpoint(configuration.bind?.address ?? .unspecified, port)
            do {
                return try bindService(endpoint, isShared: isShared)
            } catch {
                logger.notice("the port of the last run is not available, so the address changes: \(error.message)")
            }
        }
        return try bindService(configuration.bind, isShared: isShared)
    }
}
