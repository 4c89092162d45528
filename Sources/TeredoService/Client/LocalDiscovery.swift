import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The multicast side of local client discovery (RFC 4380 section 5.2.8): one socket for each interface, so that it is known
/// on which link a bubble came in.
final class LocalDiscovery: DriverPart {
    let name = "local discovery"
    /// Takes what comes in, with the subnets of the interface that it came in on.
    var receive: (_ octets: Span<UInt8>, _ source: UDPEndpoint, _ link: [IPv4Prefix], _ now: ProtocolInstant) -> Void =
        {
            _,
            _,
            _,
            _ in
        }
    private let batch: ReceiveBatch
    private let sources: SourceRegistry
    private var links: [Link] = []
    /// Datagrams that the kernel dropped at sockets that are closed.
    private var pastReceiveDrops: UInt64 = 0

    /// An interface that was joined; its socket hears the group on no other.
    private final class Link {
        let interface: Int32
        let socket: UDPSocket
        var receiveDropMeter = ReceiveDropMeter()
        var subnets: [IPv4Prefix] = []

        var receiveDrops: UInt64 { receiveDropMeter.read(socket) }

        init(_ interface: Int32) throws(SystemError) {
            self.interface = interface
            socket = try UDPSocket(listeningTo: LocalDiscovery.group)
            try socket.join(.teredoDiscovery, onInterface: interface)
        }
    }

    private static let group = UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort)

    private init(_ sources: SourceRegistry) throws(SystemError) {
        batch = try ReceiveBatch(capacity: 16, slotLength: 2048)
        self.sources = sources
        // Whether the port can be had shows now, and not with the first interface.
        _ = try UDPSocket(listeningTo: Self.group)
    }

    /// Datagrams that the kernel dropped at the sockets so far.
    var receiveDrops: UInt64 { links.reduce(pastReceiveDrops) { $0 + $1.receiveDrops } }

    /// The interfaces that discovery bubbles go out on.
    var interfaces: [Int32] { links.map(\.interface) }

    /// The discovery of a host with these addresses, `nil` where it cannot be had: a client goes on without it.
    static func begin(
        on addresses: [InterfaceAddress<IPv4Address>],
        filter: GlobalUnicastFilter,
        _ sources: SourceRegistry,
        logger: Logger
    ) throws(ServiceError) -> LocalDiscovery? {
        do {
            let discovery = try LocalDiscovery(sources)
            discovery.update(addresses, filter: filter)
            return discovery
        } catch {
            logger.notice("local client discovery is off: \(error)")
            return nil
        }
    }

    /// Joins the group on the interfaces that can multicast and have a private address: public ones have no
    /// neighbours behind the same NAT.
    func update(_ addresses: [InterfaceAddress<IPv4Address>], filter: GlobalUnicastFilter) {
        let suitable = addresses.filter {
            $0.isMulticastCapable && !$0.isLoopback && !filter.isGlobalUnicast($0.address)
        }
        let wanted = Set(suitable.map(\.interfaceIndex))
        for link in links where !wanted.contains(link.interface) {
            pastReceiveDrops += link.receiveDrops
            sources.remove(link.socket.descriptor)
        }
        links.removeAll { !wanted.contains($0.interface) }
        for interface in wanted.sorted() where !interfaces.contains(interface) {
            guard let link = try? Link(interface) else { continue }
            // An interface that cannot be served is left out; the others go on.
            guard (try? sources.add(link.socket.descriptor, for: self, as: Int(interface))) != nil else { continue }
            links.append(link)
        }
        for link in links {
            link.subnets = addresses.filter { $0.interfaceIndex == link.interface }
                .map { IPv4Prefix($0.address, length: $0.prefixLength) }
        }
    }

    func handle(_ source: Int, now: ProtocolInstant) {
        guard let link = links.first(where: { Int($0.interface) == source }), link.socket.receive(into: batch) else {
            return
        }
        for index in 0..<batch.count {
            let source = batch.source(index)
            batch.withOctets(index) { receive($0, source, link.subnets, now) }
        }
    }
}
