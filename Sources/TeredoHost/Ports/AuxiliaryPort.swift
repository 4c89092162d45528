import TeredoLinux
import TeredoProtocol
package import TeredoWire

/// A UDP port of the client's besides the service port: the secondary port of the refresh interval determination (RFC
/// 4380 section 5.2.7), or a random port for one peer (RFC 6081 section 5.4).
package final class AuxiliaryPort {
    private let socket: UDPSocket
    private let incoming: ReceiveBatch
    private let outgoing = SendBatch(capacity: 16)
    /// Packets dropped because they met congestion, and their transport knows no ECN (RFC 6040).
    private var congestionDrops: UInt64 = 0

    private var receiveDropMeter = ReceiveDropMeter()

    /// Binds a random port of `address`.
    package init(address: IPv4Address) throws(ServiceError) {
        incoming = try ServiceError.wrapping { () throws(SystemError) in
            try ReceiveBatch(capacity: 16, slotLength: 2048)
        }
        socket = try ServicePort.bindRandom(on: address, option: "--bind")
        socket.tellTrafficClass()
        outgoing.copiesTrafficClass = true
    }

    package var descriptor: CInt { socket.descriptor }
    package var port: UInt16 { socket.localEndpoint.port }

    /// How many packets were dropped since the last call because they met congestion, and their transport knows no ECN.
    package func takeCongestionDrops() -> UInt64 {
        defer { congestionDrops = 0 }
        return congestionDrops
    }

    /// Datagrams that the kernel dropped at the port, as it says now.
    package var receiveDrops: UInt64 { receiveDropMeter.read(socket) }

    /// Sends one datagram, with an IPv4 time to live of its own when given.
    package func send(_ octets: Span<UInt8>, to destination: UDPEndpoint, timeToLive: UInt8? = nil) {
        outgoing.append(copying: octets, to: destination, timeToLive: timeToLive)
        outgoing.flush(to: socket)
    }

    /// Hands on what waits, or else what the network says about what was sent, each with what it quotes of that.
    package func receive(
        _ body: (Span<UInt8>, UDPEndpoint) -> Void,
        errors: (ICMPv4Error, Span<UInt8>) -> Void
    ) {
        guard socket.receive(into: incoming) else { return socket.takeErrors(errors) }
        for index in 0..<incoming.count {
            guard incoming.adoptTrafficClass(index, 0..<incoming.length(index)) else {
                congestionDrops += 1
                continue
            }
            let source = incoming.source(index)
            incoming.withOctets(index) { body($0, source) }
        }
    }
}
