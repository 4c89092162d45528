import TeredoProtocol
import TeredoWire

/// The UDP sockets of a host with a client: which port of the client has which number.
struct ClientSockets {
    /// The service port, as the host sees it.
    private(set) var service: UDPEndpoint
    private let secondaryPort: UInt16
    /// Those of random ports: slot and port.
    private var randomPorts: [UInt8: UInt16] = [:]
    private var generator: SeededGenerator

    /// Binds the service port; `generator` chooses the random ones.
    init(service: UDPEndpoint, generator: SeededGenerator) {
        self.service = service
        secondaryPort = service.port &+ 1
        self.generator = generator
    }

    /// Where datagrams leave from that a client sends from `port`.
    func endpoint(of port: LocalPort) -> UDPEndpoint {
        switch port {
        case .service: service
        case .secondary: UDPEndpoint(service.address, secondaryPort)
        case .randomPort(let slot): UDPEndpoint(service.address, randomPorts[slot] ?? service.port)
        }
    }

    /// The port with this number; `nil` when it is closed.
    func port(numbered number: UInt16) -> LocalPort? {
        switch number {
        case service.port: .service
        case secondaryPort: .secondary
        // Two may have one number: always the same one of them answers.
        default: randomPorts.filter { $0.value == number }.keys.min().map { .randomPort($0) }
        }
    }

    /// Moves the host to another address.
    mutating func move(to address: IPv4Address) { service = UDPEndpoint(address, service.port) }

    /// Opens a random port and returns its number.
    mutating func openRandom(_ slot: UInt8) -> UInt16 {
        let port = UInt16.random(in: 10_000...30_000, using: &generator)
        randomPorts[slot] = port
        return port
    }

    /// Closes a random port.
    mutating func closeRandom(_ slot: UInt8) { randomPorts[slot] = nil }
}
