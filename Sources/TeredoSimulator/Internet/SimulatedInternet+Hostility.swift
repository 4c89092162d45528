import TeredoProtocol
import TeredoWire

/// Malicious nodes in a simulated Internet.
extension SimulatedInternet {
    /// Adds a node that does `attacks`, one of them every `interval`; it begins at once.
    func addAttacker(
        _ attacks: [Attack],
        every interval: Duration,
        canSpoof: Bool,
        number: Int,
        generator: SeededGenerator
    ) -> AttackerNode {
        let node = AttackerNode(
            name: "attacker \(number)",
            endpoint: UDPEndpoint(IPv4Address(198, 51, 100, UInt8(65 + number)), 4000 + UInt16(number)),
            attacks: attacks,
            interval: interval,
            canSpoof: canSpoof,
            segment: internet,
            generator: generator
        )
        node.index = network.add(node)
        network.attach(node.index, to: internet, address: node.endpoint.address)
        node.view = { [unowned self] in hostileView }
        node.start(in: network)
        return node
    }

    /// What is public.
    private var hostileView: HostileView {
        HostileView(
            clients: ([clientA, clientB] + crowd).compactMap { $0.client.address },
            servers: serverNodes.map(\.addresses.primary),
            relays: ([relayNode] + siblingNodes + [hostRelayNode]).map(\.endpoint),
            natives: [nativeNode.address, hostRelayNode.address]
        )
    }
}
