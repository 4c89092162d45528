import TeredoHost
import TeredoLinux
import TeredoWire

/// Notices that the host's links, addresses or routes change.
final class NetworkWatch: DriverPart {
    let name = "network"
    /// Looks at the host again; throws when the role cannot go on.
    var onChange: () throws(ServiceError) -> Void = {}
    private let monitor: NetworkMonitor

    /// Begins to listen.
    init(_ sources: SourceRegistry) throws(ServiceError) {
        monitor = try ServiceError.wrapping { () throws(SystemError) in try NetworkMonitor() }
        try sources.add(monitor.descriptor, for: self)
    }

    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {
        monitor.drain()
        try onChange()
    }
}
