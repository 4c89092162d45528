import TeredoHost
import TeredoLinux
import TeredoWire

/// Notices that the host's links, addresses, routes or rules change.
final class NetworkWatch: DriverPart {
    let name = "network"
    /// Looks at the host again; throws when the role cannot go on.
    var onChange: () throws(ServiceError) -> Void = {}
    private let outside: NetworkMonitor
    private let inside: NetworkMonitor?
    private let interface: Int32

    private enum Source {
        static let outside = 0
        static let inside = 1
    }

    /// Begins to listen; of IPv6 routes only those through the interface with this index matter.
    ///
    /// With a command the interface is in the command's network namespace, and what happens there matters too.
    init(interface: Int32, inside command: IsolatedCommand? = nil, _ sources: SourceRegistry) throws(ServiceError) {
        self.interface = interface
        outside = try ServiceError.wrapping { () throws(SystemError) in
            try NetworkMonitor(watchesIPv6Routes: command == nil)
        }
        inside = try ServiceError.wrapping { () throws(SystemError) in
            if let command { try NetworkMonitor(inside: command) } else { nil }
        }
        try sources.add(outside.descriptor, for: self, as: Source.outside)
        if let descriptor = inside?.descriptor { try sources.add(descriptor, for: self, as: Source.inside) }
    }

    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {
        let isConcerned =
            source == Source.inside
            ? inside?.drain(minding: interface) == true : outside.drain(minding: interface)
        if isConcerned { try onChange() }
    }
}
