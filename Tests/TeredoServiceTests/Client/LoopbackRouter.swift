import TeredoLinux
import TeredoWire

/// A router on loopback that speaks NAT-PMP (RFC 6886), as long as it is told to.
final class LoopbackRouter {
    let address: IPv4Address
    /// The requests for mappings so far, with their lifetimes in seconds: 0 asks for removal.
    private(set) var lifetimes: [UInt32] = []
    private let socket: UDPSocket
    private let incoming: ReceiveBatch
    private let outgoing = SendBatch(capacity: 16)

    static let external = IPv4Address(44, 128, 0, 1)

    /// Binds the port of routers at an address of loopback that is not in use.
    init() throws {
        for last in UInt8(1)...250 {
            let address = IPv4Address(127, 77, 0, last)
            guard let socket = try? UDPSocket(bind: UDPEndpoint(address, 5351)) else { continue }
            self.address = address
            self.socket = socket
            incoming = try ReceiveBatch(capacity: 16, slotLength: 2048)
            return
        }
        throw CancellationError()
    }

    /// Takes what was asked; answers it unless silent.
    func serve(isSilent: Bool = false) {
        guard socket.receive(into: incoming) else { return }
        for index in 0..<incoming.count {
            let source = incoming.source(index)
            let request = incoming.withOctets(index) { octets in (0..<octets.count).map { octets[$0] } }
            guard let answer = answer(to: request), !isSilent else { continue }
            outgoing.append(copying: answer.span, to: source)
        }
        outgoing.flush(to: socket)
    }

    private func answer(to request: [UInt8]) -> [UInt8]? {
        guard request.count == 12 else {
            return [0, 128, 0, 0, 0, 0, 3, 0xE8] + [44, 128, 0, 1]
        }
        lifetimes.append(request[8..<12].reduce(0) { $0 << 8 | UInt32($1) })
        return [0, 129, 0, 0, 0, 0, 3, 0xE8] + request[4..<12]
    }
}
