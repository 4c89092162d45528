import TeredoLinux
import TeredoProtocol
package import TeredoWire

/// A UDP port of the client's besides the service port: the secondary port of the refresh interval determination (RFC
/// 4380 section 5.2.7), or a random port for one peer (RFC 6081 section 5.4).
package final class AuxiliaryPort {
    private let socket: UDPSocket
    private let incoming: ReceiveBatch
    private let outgoing = SendBatch(capacity: 16)

    /// Binds a random port of `address`.
    package init(address: IPv4Address) throws(ServiceError) {
        incoming = try ServiceError.wrapping { () throws(SystemError) in
            try ReceiveBatch(capacity: 16, slotLength: 2048)
        }
        socket = try ServicePort.bindRandom(on: address, option: "--bind")
    }

    package var descriptor: CInt { socket.descriptor }
    package var port: UInt16 { socket.localEndpoint.port }

    /// Sends one datagram.
    package func send(_ octets: Span<UInt8>, to destination: UDPEndpoint) {
        outgoing.append(copying: octets, to: destination)
        outgoing.flush(to: socket)
    }

    /// Hands on what waits.
    package func receive(_ body: (Span<UInt8>, UDPEndpoint) -> Void) {
        guard socket.receive(into: incoming) else { return }
        for index in 0..<incoming.count {
            let source = incoming.source(index)
            incoming.withOctets(index) { body($0, source) }
        }
    }
}
