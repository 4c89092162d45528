package import TeredoHost
import TeredoLinux
package import TeredoProtocol
package import TeredoWire

/// The sockets of a NAT diagnosis, with the machine that they serve.
package final class ProbeSockets {
    /// The machine.
    package private(set) var diagnosis: NATDiagnosis
    private let ports: [(port: ProbePort, socket: AuxiliaryPort)]

    /// Opens a socket on `address` of this host for each port of the diagnosis.
    package init(_ diagnosis: NATDiagnosis, on address: IPv4Address) throws(ServiceError) {
        self.diagnosis = diagnosis
        var ports: [(port: ProbePort, socket: AuxiliaryPort)] = []
        for port in diagnosis.ports { ports.append((port, try AuxiliaryPort(address: address))) }
        self.ports = ports
    }

    /// The descriptors, in a fixed order.
    package var descriptors: [CInt] { ports.map(\.socket.descriptor) }

    /// Begins; datagrams leave from `address`.
    package func start(from address: IPv4Address, now: ProtocolInstant) {
        var endpoints: [ProbePort: UDPEndpoint] = [:]
        for (port, socket) in ports { endpoints[port] = UDPEndpoint(address, socket.port) }
        diagnosis.start(localEndpoints: endpoints, now: now)
        drain()
    }

    /// Sends no solicitation before `time`.
    package func hold(until time: ProtocolInstant) { diagnosis.hold(until: time) }

    /// Takes what waits on the socket with this number.
    package func receive(on index: Int, now: ProtocolInstant) {
        guard ports.indices.contains(index) else { return }
        let port = ports[index].port
        ports[index].socket.receive { octets, source in
            diagnosis.handleDatagram(octets, from: source, on: port, now: now)
        } errors: { error, quoted in
            diagnosis.handleICMPError(error, quoting: quoted, on: port, now: now)
        }
        drain()
    }

    /// Does what is due.
    package func handleTimeout(now: ProtocolInstant) {
        diagnosis.handleTimeout(now: now)
        drain()
    }

    private func drain() {
        while true {
            var transmit: ProbeTransmit?
            let octets = [UInt8](capacity: Self.longestDatagram) { transmit = diagnosis.pollTransmit(into: &$0) }
            guard let transmit else { return }
            ports.first { $0.port == transmit.port }?.socket.send(octets.span, to: transmit.destination)
        }
    }

    private static let longestDatagram = 2048
}
