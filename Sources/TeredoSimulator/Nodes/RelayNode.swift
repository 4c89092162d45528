import TeredoProtocol
import TeredoWire

/// A relay in front of native IPv6, or a host that is its own relay.
final class RelayNode: SimulatedNode {
    let name: String
    var relay: TeredoRelay
    var stack = HostStack()
    var index = -1
    let address: IPv6Address
    /// Whether the process runs; packets and datagrams are lost otherwise.
    private(set) var isUp = true
    let endpoint: UDPEndpoint
    private let segment: Int
    private var serverProofs = ServerProofs()
    /// The server in the same process, when both are a gateway.
    var ownServer: ServerNode?

    init(name: String, relay: TeredoRelay, address: IPv6Address, endpoint: UDPEndpoint, segment: Int) {
        self.name = name
        self.relay = relay
        self.address = address
        self.endpoint = endpoint
        self.segment = segment
    }

    /// Ends the process.
    func stop() { isUp = false }

    /// Begins a process with this machine, which knows nothing of the one before.
    func restart(with relay: TeredoRelay) {
        self.relay = relay
        serverProofs = ServerProofs()
        isUp = true
    }

    var isRoutable: Bool { isUp }

    var nextTimeout: ProtocolInstant? { isUp ? relay.nextTimeout : nil }

    func wake(in network: SimulatedNetwork) {
        guard isUp else { return }
        relay.handleTimeout(now: network.now)
        drain(in: network)
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        guard isUp, datagram.destination.port == endpoint.port else {
            network.lost(datagram, at: name)
            return network.report(.portUnreachable, about: datagram, by: endpoint.address, on: segment)
        }
        network.delivered(datagram, to: name)
        if serverProofs.handle(datagram.payload.span, from: datagram.source, now: network.now) { return }
        let verdict = relay.handleDatagram(datagram.payload.span, from: datagram.source, now: network.now)
        if case .deliver(let range) = verdict {
            let packet = Array(datagram.payload[range])
            network.handedOver(packet, to: name, from: datagram)
            deliver(packet, in: network)
        }
        drain(in: network)
    }

    func receive(_ error: SimulatedError, on segment: Int, in network: SimulatedNetwork) {
        guard isUp, error.source.port == endpoint.port else { return }
        relay.handleICMPError(error.message, quoting: error.quoted.span, now: network.now)
        drain(in: network)
    }

    /// A packet out of native IPv6: for the node itself, or for a Teredo client.
    func receive(packet: [UInt8], in network: SimulatedNetwork) {
        guard isUp, let header = try? IPv6Header(validating: packet.span) else { return }
        if header.destination == address {
            if let answer = stack.receive(packet, own: [address], now: network.now) { transmit(answer, in: network) }
        } else {
            tunnel(packet, in: network)
        }
    }

    /// Sends a packet of the node's own.
    func transmit(_ packet: [UInt8], in network: SimulatedNetwork) {
        guard let header = try? IPv6Header(validating: packet.span) else { return }
        if header.destination.isTeredo {
            tunnel(packet, in: network)
        } else {
            network.send(packet: packet, by: index)
        }
    }

    private func tunnel(_ packet: [UInt8], in network: SimulatedNetwork) {
        if case .forward(let destination, _) = relay.handlePacket(packet.span, now: network.now) {
            send(packet, to: destination, in: network)
        }
        drain(in: network)
    }

    private func deliver(_ packet: [UInt8], in network: SimulatedNetwork) {
        guard let header = try? IPv6Header(validating: packet.span) else { return }
        if header.destination == address {
            if let answer = stack.receive(packet, own: [address], now: network.now) { transmit(answer, in: network) }
        } else {
            network.send(packet: packet, by: index)
        }
    }

    /// What is for the own server does not leave the process (docs/gateway.md).
    private func send(_ payload: [UInt8], to destination: UDPEndpoint, in network: SimulatedNetwork) {
        if let ownServer, ownServer.isPrimary(destination) {
            return ownServer.receive(payload, fromOwnRelay: endpoint, in: network)
        }
        network.send(payload, from: endpoint, to: destination, by: index, on: segment)
    }

    private func drain(in network: SimulatedNetwork) {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 66_000) { transmit = relay.pollTransmit(into: &$0) }
            guard let transmit else { break }
            let proving = serverProofs.returningProof(with: bytes.span, to: transmit.destination, now: network.now)
            send(proving ?? bytes, to: transmit.destination, in: network)
        }
        while true {
            var count: Int?
            let packet = [UInt8](capacity: 66_000) { count = relay.pollDelivery(into: &$0) }
            guard count != nil else { break }
            deliver(packet, in: network)
        }
        network.scheduleWake(index)
    }
}
