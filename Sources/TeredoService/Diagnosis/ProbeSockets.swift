import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The sockets of a NAT diagnosis, with the machine that they serve.
final class ProbeSockets {
    /// The machine.
    private(set) var diagnosis: NATDiagnosis
    private let ports: [(port: ProbePort, socket: AuxiliaryPort)]
    private let scratch = ScratchBuffer(capacity: 2048)

    /// Opens a socket on `address` of this host for each port of the diagnosis.
    init(_ diagnosis: NATDiagnosis, on address: IPv4Address) throws(ServiceError) {
        self.diagnosis = diagnosis
        var ports: [(port: ProbePort, socket: AuxiliaryPort)] = []
        for port in diagnosis.ports { ports.append((port, try AuxiliaryPort(address: address))) }
        self.ports = ports
    }

    /// The descriptors, in a fixed order.
    var descriptors: [CInt] { ports.map(\.socket.descriptor) }

    /// Begins; datagrams leave from `address`.
    func start(from address: IPv4Address, now: ProtocolInstant) {
        var endpoints: [ProbePort: UDPEndpoint] = [:]
        for (port, socket) in ports { endpoints[port] = UDPEndpoint(address, socket.port) }
        diagnosis.start(localEndpoints: endpoints, now: now)
        drain()
    }

    /// Sends no solicitation before `time`.
    func hold(until time: ProtocolInstant) { diagnosis.hold(until: time) }

    /// Takes what waits on the socket with this number.
    func receive(on index: Int, now: ProtocolInstant) {
        guard ports.indices.contains(index) else { return }
        let port = ports[index].port
        ports[index].socket.receive { octets, source in
            diagnosis.handleDatagram(octets, from: source, on: port, now: now)
        }
        drain()
    }

    /// Does what is due.
    func handleTimeout(now: ProtocolInstant) {
        diagnosis.handleTimeout(now: now)
        drain()
    }

    private func drain() {
        while let transmit = scratch.fill({ diagnosis.pollTransmit(into: &$0) }) {
            guard let socket = ports.first(where: { $0.port == transmit.port })?.socket else { continue }
            scratch.withOctets { socket.send($0, to: transmit.destination) }
        }
    }
}
