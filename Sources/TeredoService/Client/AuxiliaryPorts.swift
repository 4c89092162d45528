import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The ports of a client besides the service port, opened when the machine asks for them: the secondary port (RFC 4380
/// section 5.2.7), and random ports for single peers (RFC 6081 section 5.4).
final class AuxiliaryPorts: DriverPart {
    let name = "further ports"
    private let tunnel: Tunnel<TeredoClient>
    private var secondary: AuxiliaryPort?
    /// By their slots.
    private var random: [UInt8: AuxiliaryPort] = [:]
    /// Datagrams that the kernel dropped at ports that are closed.
    private var pastReceiveDrops: UInt64 = 0
    private let runtime: ServiceRuntime
    private var sources: SourceRegistry { runtime.sources }
    private var logger: Logger { runtime.logger }

    /// The source of the secondary port; random ports have their slots.
    private static let secondarySource = 256

    /// Opens nothing yet.
    init(_ tunnel: Tunnel<TeredoClient>, _ runtime: ServiceRuntime) {
        self.tunnel = tunnel
        self.runtime = runtime
    }

    /// Opens the secondary port and tells the machine.
    func openSecondary(now: ProtocolInstant) {
        do {
            secondary = try open(as: Self.secondarySource)
            tunnel.machine.secondaryPortOpened(now: now)
        } catch {
            logger.warning("the refresh interval cannot be determined: \(error.message)")
        }
    }

    /// Closes the secondary port.
    func closeSecondary() {
        if let secondary { close(secondary) }
        secondary = nil
    }

    /// Datagrams that the kernel dropped at all ports so far.
    var receiveDrops: UInt64 {
        pastReceiveDrops + random.values.reduce(secondary?.receiveDrops ?? 0) { $0 + $1.receiveDrops }
    }

    private func close(_ port: AuxiliaryPort) {
        pastReceiveDrops += port.receiveDrops
        sources.remove(port.descriptor)
    }

    /// Opens a random port and tells the machine what came of it.
    func openRandom(_ slot: UInt8, now: ProtocolInstant) {
        do {
            let port = try open(as: Int(slot))
            random[slot] = port
            tunnel.machine.randomPortOpened(slot, port: port.port, now: now)
        } catch {
            logger.warning("no random port for a peer behind a symmetric NAT: \(error.message)")
            tunnel.machine.randomPortFailed(slot, now: now)
        }
    }

    /// Closes a random port.
    func closeRandom(_ slot: UInt8) {
        if let port = random.removeValue(forKey: slot) { close(port) }
    }

    /// Sends from the secondary port; without one the datagram is lost.
    func sendFromSecondary(_ octets: Span<UInt8>, to destination: UDPEndpoint) {
        secondary?.send(octets, to: destination)
    }

    /// Sends from a random port; without one the datagram is lost.
    func send(_ octets: Span<UInt8>, fromRandom slot: UInt8, to destination: UDPEndpoint, timeToLive: UInt8?) {
        random[slot]?.send(octets, to: destination, timeToLive: timeToLive)
    }

    func handle(_ source: Int, now: ProtocolInstant) {
        if source == Self.secondarySource {
            secondary?.receive { octets, endpoint in
                tunnel.receive(octets, from: endpoint, now: now) {
                    $0.handleDatagram($1, from: endpoint, on: .secondary, now: now)
                }
            } errors: { error, quoted in
                tunnel.handleError(error, quoting: quoted, now: now)
            }
        } else {
            let slot = UInt8(source)
            random[slot]?.receive { octets, endpoint in
                tunnel.receive(octets, from: endpoint, now: now) {
                    $0.handleDatagram($1, from: endpoint, on: .randomPort(slot), now: now)
                }
            } errors: { error, quoted in
                tunnel.handleError(error, quoting: quoted, now: now)
            }
        }
        tunnel.congestionDrops += random.values.reduce(0) { $0 + $1.takeCongestionDrops() }
        tunnel.flush()
    }

    private func open(as source: Int) throws(ServiceError) -> AuxiliaryPort {
        let port = try AuxiliaryPort(address: tunnel.socket.localEndpoint.address)
        runtime.enlargeBuffers(port.descriptor)
        try sources.add(port.descriptor, for: self, as: source)
        return port
    }
}
