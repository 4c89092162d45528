import TeredoHost
import TeredoLinux
import TeredoWire

/// Where datagrams of the kernel's data path leave from.
struct PathOrigin: Hashable, Sendable {
    /// The interface that has the address.
    let interface: NetworkInterface
    /// The service port with that address.
    let endpoint: UDPEndpoint

    /// The one interface with the address that datagrams of the service port `bound` leave from; throws where there is not exactly one
    /// beside the interface `tunnel`.
    init(of bound: UDPEndpoint, except tunnel: Int32) throws(ServiceError) {
        let all = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        let usable = all.filter { $0.interfaceIndex != tunnel && !$0.isLoopback }
        let candidates = bound.address == .unspecified ? usable : usable.filter { $0.address == bound.address }
        guard let place = candidates.first else {
            throw ServiceError(
                "--datapath ebpf: no interface has an IPv4 address for the service port \(bound)",
                remedy: "bring the network up first, or run with --datapath userspace"
            )
        }
        guard candidates.count == 1 else {
            let list = candidates.map { "\($0.address) on \($0.interfaceName)" }.joined(separator: ", ")
            throw ServiceError(
                "--datapath ebpf: the kernel needs the one address that datagrams leave from, and there are \(list)",
                remedy: "name one with --bind ADDRESS:PORT, or run with --datapath userspace"
            )
        }
        interface = NetworkInterface(name: place.interfaceName, index: place.interfaceIndex)
        endpoint = UDPEndpoint(place.address, bound.port)
    }
}
