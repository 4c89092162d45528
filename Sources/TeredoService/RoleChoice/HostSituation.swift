import TeredoHost
import TeredoLinux
import TeredoWire

/// What `teredo auto` decides by.
struct HostSituation: Hashable, Sendable {
    /// The IPv6 that the host has without Teredo.
    var native: NativeConnectivity?
    /// The IPv4 addresses of the host, the loopback's left out.
    var ipv4Addresses: [IPv4Address] = []
    /// The domains in which names are searched.
    var searchDomains: [String] = []
}

extension HostSituation {
    /// Looks at the host, except at the interface of Teredo itself.
    init(exceptInterface name: String) throws(ServiceError) {
        native = try NativeConnectivity.current(exceptInterface: name)
        let own = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        ipv4Addresses = own.filter { !$0.isLoopback }.map(\.address)
        searchDomains = ResolverConfiguration.ofHost.searchDomains
    }
}
