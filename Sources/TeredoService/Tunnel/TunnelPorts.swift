import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The service port and the interface of a tunnel with the timer of its machine, as a part of a driver.
final class TunnelPorts<Machine: TunnelMachine>: DriverPart {
    let name = "machine"
    let tunnel: Tunnel<Machine>
    /// What the role is, for people.
    private let role: Role
    private let sources: SourceRegistry

    private enum Source {
        static var service: Int { 0 }
        static var interface: Int { 1 }
    }

    /// Watches both sides of a tunnel.
    init(_ tunnel: Tunnel<Machine>, role: Role, _ sources: SourceRegistry) throws(ServiceError) {
        self.tunnel = tunnel
        self.role = role
        self.sources = sources
        try sources.add(tunnel.socket.descriptor, for: self, as: Source.service)
        let interface = tunnel.interface.descriptor
        // What takes its place within this process is no descriptor.
        if interface >= 0 { try sources.add(interface, for: self, as: Source.interface) }
    }

    var nextTimeout: ProtocolInstant? { tunnel.machine.nextTimeout }

    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {
        if source == Source.service { return tunnel.receiveDatagrams() }
        if !tunnel.receivePackets() { try checkInterface() }
    }

    func handleTimeout(now: ProtocolInstant) { tunnel.handleTimeout(now: now) }

    /// Goes on with another socket for the service port.
    func moveService(to socket: consuming UDPSocket) throws(ServiceError) {
        _ = socket.enable(tunnel.offloads)
        socket.tellTrafficClass()
        sources.remove(tunnel.socket.descriptor)
        do {
            try tunnel.moveService(to: socket)
        } catch {
            try sources.add(tunnel.socket.descriptor, for: self, as: Source.service)
            throw ServiceError(error)
        }
        try sources.add(tunnel.socket.descriptor, for: self, as: Source.service)
    }

    /// Throws when the interface is gone.
    func checkInterface() throws(ServiceError) {
        guard !tunnel.interface.exists else { return }
        let word = role == .client ? "client" : "relay"
        throw ServiceError(
            "the interface \(tunnel.interface.name) was removed by another program",
            remedy: "start the \(word) again"
        )
    }
}
