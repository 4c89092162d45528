import TeredoCrypto
import TeredoProtocol
import TeredoWire

/// A Teredo client with one UDP socket: it has neither a TUN device nor a thread of its own, and needs no privilege.
struct EmbeddedClient {
    private var machine: TeredoClient
    private let socket: DatagramSocket
    private let server: ServerAddresses
    private let origin = ContinuousClock.now

    /// Binds a socket to `local`, the address of the interface that leads to `server`, and begins to qualify.
    init(local: IPv4Address, server: ServerAddresses) throws {
        // What needs a socket of its own is left out: the search for neighbours by multicast.
        var configuration = ClientConfiguration()
        configuration.localDiscovery.isOn = false
        machine = TeredoClient(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator(),
            now: ProtocolInstant(nanoseconds: 0)
        )
        socket = try DatagramSocket(boundTo: UDPEndpoint(local, 0))
        self.server = server
        machine.start(localEndpoint: socket.endpoint, subnets: [], now: now)
    }

    /// The time as the machine counts it: since this client was made.
    var now: ProtocolInstant { ProtocolInstant(nanoseconds: 0) + origin.duration(to: .now) }

    /// The client's IPv6 address; `nil` while it is not qualified.
    var address: TeredoAddress? { machine.address }

    /// Sends an IPv6 packet, at once or when it is known how to reach the destination.
    mutating func send(_ packet: [UInt8]) {
        if case .forward(let destination, _) = machine.handlePacket(packet.span, now: now) {
            socket.send(packet, to: destination)
        }
    }

    /// Waits for a datagram or for what is due, until `limit` at most, and returns the IPv6 packets that came for this host.
    mutating func turn(until limit: ProtocolInstant) -> [[UInt8]] {
        var packets = drain()
        let wake = min(machine.nextTimeout ?? limit, packets.isEmpty ? limit : now)
        if let (payload, source) = socket.receive(within: wake - now) {
            let verdict = machine.handleDatagram(payload.span, from: source, on: .service, now: now)
            if case .deliver(let range) = verdict { packets.append(Array(payload[range])) }
        }
        if let due = machine.nextTimeout, due <= now { machine.handleTimeout(now: now) }
        return packets + drain()
    }

    /// Carries out what the machine asks for, and returns what it delivers: packets that had to wait, and ICMPv6 errors.
    private mutating func drain() -> [[UInt8]] {
        while let event = machine.pollEvent() {
            switch event {
            case .serverAddressNeeded: machine.setServers([server], now: now)
            // One socket has to do; the client goes on without the others.
            case .randomPortNeeded(let slot): machine.randomPortFailed(slot, now: now)
            default: break
            }
        }
        while true {
            var transmit: Transmit?
            let payload = [UInt8](capacity: DatagramSocket.longest) { transmit = machine.pollTransmit(into: &$0) }
            guard let transmit else { break }
            socket.send(payload, to: transmit.destination)
        }
        var packets: [[UInt8]] = []
        while true {
            var length: Int?
            let packet = [UInt8](capacity: DatagramSocket.longest) { length = machine.pollDelivery(into: &$0) }
            guard length != nil else { return packets }
            packets.append(packet)
        }
    }
}
