import TeredoLinux
import TeredoSettings
import TeredoWire

extension HostLimits {
    /// Those of a client; its interface, with this index, is the only one in its network namespace or not.
    init(_ configuration: ClientServiceConfiguration, index: Int32?, isAlone: Bool = false) {
        self.init(name: configuration.tunnel.interfaceName, index: index)
        hasAddress = true
        prefixes = Set(configuration.installedRoutes)
        hasPath = configuration.tunnel.dataPath == .ebpf
        table = SourceTable(configuration.routingTable, isAlone: isAlone)
    }

    /// Those of a relay whose interface has this index.
    init(_ configuration: RelayServiceConfiguration, index: Int32?) {
        self.init(name: configuration.tunnel.interfaceName, index: index)
        prefixes = [.teredo]
        masquerades = configuration.masquerades
        hasPath = configuration.tunnel.dataPath == .ebpf
    }
}

extension SourceTable {
    /// What the operator chose, for an interface that is the only one in its network namespace or not.
    init(_ choice: RoutingTableChoice, isAlone: Bool) {
        self =
            switch choice {
            case .auto: isAlone ? .none : .ofInterface
            case .off: .none
            case .number(let number): .chosen(UInt32(number))
            }
    }
}

extension ClientServiceConfiguration {
    /// The prefixes that are routed to the interface while it has an address.
    var installedRoutes: [IPv6Prefix] {
        (installsDefaultRoute ? [IPv6Prefix(.unspecified, length: 0)] : []) + routes
    }
}
