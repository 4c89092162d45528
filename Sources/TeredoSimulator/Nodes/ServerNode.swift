import TeredoProtocol
import TeredoWire

/// A host with a Teredo server and native IPv6.
final class ServerNode: SimulatedNode {
    let name: String
    var server: TeredoServer
    var isUp = true
    var index = -1
    let addresses: ServerAddresses
    private let segment: Int

    init(name: String, server: TeredoServer, addresses: ServerAddresses, segment: Int) {
        self.name = name
        self.server = server
        self.addresses = addresses
        self.segment = segment
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        guard isUp, datagram.destination.port == TeredoConstants.udpPort else {
            network.lost(datagram, at: name)
            return network.report(.portUnreachable, about: datagram, by: datagram.destination.address, on: segment)
        }
        network.delivered(datagram, to: name)
        let socket: ServerSocket = datagram.destination.address == addresses.primary ? .primary : .secondary
        var verdict = ServerVerdict.drop(.malformed)
        let bytes = [UInt8](capacity: 66_000) { output in
            verdict = server.handleDatagram(
                datagram.payload.span,
                from: datagram.source,
                on: socket,
                now: network.now,
                into: &output
            )
        }
        carryOut(verdict, bytes, in: network)
    }

    /// Whether datagrams to `destination` are for the primary address of this server.
    func isPrimary(_ destination: UDPEndpoint) -> Bool {
        destination == UDPEndpoint(addresses.primary, TeredoConstants.udpPort)
    }

    /// Takes a datagram of the relay in the same process.
    func receive(_ payload: [UInt8], fromOwnRelay relay: UDPEndpoint, in network: SimulatedNetwork) {
        guard isUp else { return }
        var verdict = ServerVerdict.drop(.malformed)
        let bytes = [UInt8](capacity: 66_000) { output in
            verdict = server.handleRelayDatagram(payload.span, from: relay, now: network.now, into: &output)
        }
        carryOut(verdict, bytes, in: network)
    }

    private func carryOut(_ verdict: ServerVerdict, _ bytes: [UInt8], in network: SimulatedNetwork) {
        switch verdict {
        case .reply(let from, let destination, _):
            let address = from == .primary ? addresses.primary : addresses.secondary ?? addresses.primary
            network.send(
                bytes,
                from: UDPEndpoint(address, TeredoConstants.udpPort),
                to: destination,
                by: index,
                on: segment
            )
        case .forwardNative:
            network.send(packet: bytes, by: index)
        case .drop:
            break
        }
    }
}
