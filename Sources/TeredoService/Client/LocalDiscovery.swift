import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The multicast side of local client discovery (RFC 4380 section 5.2.8): socket, groups and interfaces.
final class LocalDiscovery {
    private let socket: UDPSocket
    private let batch: DatagramBatch
    /// The interfaces that discovery bubbles go out on.
    private(set) var interfaces: [Int32] = []

    /// Binds the discovery port.
    init() throws(SystemError) {
        batch = try DatagramBatch(capacity: 16, slotLength: 2048)
        socket = try UDPSocket.discovery()
    }

    var descriptor: CInt { socket.descriptor }

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

    /// Hands on what waits.
    func receive(_ body: (Span<UInt8>, UDPEndpoint) -> Void) {
        guard socket.receive(into: batch) else { return }
        for index in 0..<batch.count {
            let source = batch.source(index)
            batch.withOctets(index) { body($0, source) }
        }
    }
}
