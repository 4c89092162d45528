import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The multicast side of local client discovery (RFC 4380 section 5.2.8): socket, groups and interfaces.
final class LocalDiscovery: DriverPart {
    let name = "local discovery"
    /// Takes what comes in.
    var receive: (_ octets: Span<UInt8>, _ source: UDPEndpoint, _ now: ProtocolInstant) -> Void = { _, _, _ in }
    private let socket: UDPSocket
    private let batch: ReceiveBatch
    /// The interfaces that discovery bubbles go out on.
    private(set) var interfaces: [Int32] = []

    /// Binds the discovery port.
    private init() throws(SystemError) {
        batch = try ReceiveBatch(capacity: 16, slotLength: 2048)
        socket = try UDPSocket(listeningTo: UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort))
    }

    /// The discovery of a host with these addresses, `nil` where it cannot be had: a client goes on without it.
    static func begin(
        on addresses: [InterfaceAddress<IPv4Address>],
        filter: GlobalUnicastFilter,
        _ sources: SourceRegistry,
        logger: Logger
    ) throws(ServiceError) -> LocalDiscovery? {
        let discovery: LocalDiscovery
        do {
            discovery = try LocalDiscovery()
        } catch {
            logger.notice("local client discovery is off: \(error)")
            return nil
        }
        discovery.update(addresses, filter: filter)
        try sources.add(discovery.socket.descriptor, for: discovery)
        return discovery
    }

    /// Joins the group on the interfaces that can multicast and have a private address: public ones have no
    /// neighbours behind the same NAT.
    func update(_ addresses: [InterfaceAddress<IPv4Address>], filter: GlobalUnicastFilter) {
        let suitable = addresses.filter {
            $0.isMulticastCapable && !$0.isLoopback && !filter.isGlobalUnicast($0.address)
        }
        let wanted = Set(suitable.map(\.interfaceIndex)).sorted()
        for index in interfaces where !wanted.contains(index) { socket.leave(.teredoDiscovery, onInterface: index) }
        interfaces = wanted.filter { index in
            do {
                try socket.join(.teredoDiscovery, onInterface: index)
                return true
            } catch {
                return false
            }
        }
    }

    func handle(_ source: Int, now: ProtocolInstant) {
        guard socket.receive(into: batch) else { return }
        for index in 0..<batch.count {
            let source = batch.source(index)
            batch.withOctets(index) { receive($0, source, now) }
        }
    }
}
