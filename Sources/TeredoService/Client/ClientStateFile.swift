package import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
package import TeredoWire

/// The file where a client keeps what stays over a restart.
///
/// A file that is there and is no such one is left alone.
package struct ClientStateFile {
    /// What the last run kept; `nil` for nothing.
    package let remembered: ClientState?
    /// Where to write; `nil` for nowhere.
    private let path: String?
    private let logger: Logger

    /// Reads the file at `path`, if there is to be one.
    package init(path: String?, logger: Logger) {
        self.logger = logger
        guard let path else {
            (remembered, self.path) = (nil, nil)
            return
        }
        do throws(ClientState.Failure) {
            remembered = try ClientState(path: path)
            self.path = path
            do { try ClientState.tryWriting(path: path) } catch { logger.warning("--state-file: \(error)") }
        } catch {
            remembered = nil
            switch error {
            case .damaged:
                logger.warning("starting with a new port and address: \(error)")
                self.path = path
            case .foreign:
                logger.warning("--state-file: \(error); nothing is kept, so each restart changes port and address")
                self.path = nil
            }
        }
    }

    /// Keeps port and address for the next run.
    package func keep(port: UInt16, _ address: TeredoAddress) {
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
        by binder: UDPSocket.Binder?,
        _ logger: Logger
    ) throws(ServiceError) -> UDPSocket {
        let isShared = configuration.tunnel.workers > 1
        if let port = remembered?.port, configuration.bind?.port ?? 0 == 0 {
            let endpoint = UDPEndpoint(configuration.bind?.address ?? .unspecified, port)
            do {
                return try bindService(endpoint, isShared: isShared, by: binder)
            } catch {
                logger.notice("the port of the last run is not available, so the address changes: \(error.message)")
            }
        }
        return try bindService(configuration.bind, isShared: isShared, by: binder)
    }
}
