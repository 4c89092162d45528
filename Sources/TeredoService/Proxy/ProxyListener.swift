import TeredoHost
import TeredoLinux
import TeredoSettings

/// Where programs reach a proxy.
final class ProxyListener {
    private var listener: StreamListener
    /// Where that is.
    let endpoint: StreamEndpoint

    var descriptor: CInt { listener.descriptor }

    private init(_ endpoint: StreamEndpoint) throws(SystemError) {
        listener = try StreamListener(endpoint)
        self.endpoint = listener.endpoint
    }

    /// A program that has come; `nil` when there is none.
    func accept() -> ByteStream? { listener.accept() }

    /// Listens at all the endpoints; of the usual ones, where none are given, at those that the host has.
    static func all(_ endpoints: [StreamEndpoint]) throws(ServiceError) -> [ProxyListener] {
        var listeners: [ProxyListener] = []
        for endpoint in endpoints.isEmpty ? ProxyServiceConfiguration.standardEndpoints : endpoints {
            do {
                listeners.append(try ProxyListener(endpoint))
            } catch {
                if endpoints.isEmpty, !endpoint.isIPv4, error.isWithoutIPv6 { continue }
                throw explain(error, endpoint)
            }
        }
        return listeners
    }

    private static func explain(_ error: SystemError, _ endpoint: StreamEndpoint) -> ServiceError {
        if error.isAddressInUse {
            return ServiceError(
                "--listen: another program listens at \(endpoint)",
                remedy: "see 'ss -ltnp' for which one, or choose another port, such as --listen 127.0.0.1:1081"
            )
        }
        if error.isAddressNotAvailable {
            return ServiceError(
                "--listen: \(endpoint) is not an address of this host",
                remedy: "use 127.0.0.1 or [::1]; 'ip address' lists the others"
            )
        }
        if error.isNotPermitted {
            return ServiceError(
                "--listen: not permitted to listen at \(endpoint)",
                remedy: "ports below 1024 are for root; choose another, such as 1080"
            )
        }
        return ServiceError(error)
    }
}
