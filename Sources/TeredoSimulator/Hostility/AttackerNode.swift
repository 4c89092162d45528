import TeredoWire

/// A node that is there to harm the others: it has an IPv4 address, perhaps a provider that lets any source pass, and perhaps
/// somebody who copies what passes on the Internet.
final class AttackerNode: SimulatedNode {
    let name: String
    var index = -1
    let endpoint: UDPEndpoint
    /// What it does.
    let attacks: [Attack]
    /// How often.
    private let interval: Duration
    /// Whether it can send from any source.
    let canSpoof: Bool
    /// What it knows now.
    var view: () -> HostileView = { HostileView() }
    /// How many datagrams and packets it sent.
    private(set) var count = 0
    var generator: SeededGenerator
    private let segment: Int
    private var due: ProtocolInstant?
    private var overheard: [SentDatagram] = []

    init(
        name: String,
        endpoint: UDPEndpoint,
        attacks: [Attack],
        interval: Duration,
        canSpoof: Bool,
        segment: Int,
        generator: SeededGenerator
    ) {
        self.name = name
        self.endpoint = endpoint
        self.attacks = attacks
        self.interval = interval
        self.canSpoof = canSpoof
        self.segment = segment
        self.generator = generator
    }

    var isHostile: Bool { true }
    var nextTimeout: ProtocolInstant? { due }

    /// Begins.
    func start(in network: SimulatedNetwork) {
        due = network.now + interval
        network.scheduleWake(index)
    }

    /// Ends for good.
    func stop() { due = nil }

    /// Keeps a copy of what somebody else sent, of the last ones of which it makes use.
    func overhear(_ datagram: SentDatagram) {
        guard due != nil, !datagram.destination.address.isMulticast else { return }
        if overheard.count < 64 {
            overheard.append(datagram)
        } else {
            overheard[Int.random(in: 0..<64, using: &generator)] = datagram
        }
    }

    func wake(in network: SimulatedNetwork) {
        guard due != nil, let attack = attacks.randomElement(using: &generator) else { return }
        due = network.now + interval
        carryOut(attack, in: network)
    }

    func receive(_ datagram: SimulatedDatagram, on segment: Int, in network: SimulatedNetwork) {
        network.delivered(datagram, to: name)
        // Two malicious nodes would talk with each other without end.
        guard due != nil, attacks.contains(.echo), datagram.origin != index else { return }
        send(datagram.payload, from: endpoint, to: datagram.source, in: network)
    }

    func receive(packet: [UInt8], in network: SimulatedNetwork) {}

    /// A number below `bound`, by chance.
    func number(below bound: Int) -> Int {
        let limit = max(1, bound)
        return Int.random(in: 0..<limit, using: &generator)
    }

    /// An own Teredo address: nothing about it is wrong but its owner.
    func ownAddress(server: IPv4Address) -> TeredoAddress {
        TeredoAddress(server: server, flags: .random(coneBit: false, using: &generator), mappedEndpoint: endpoint)
    }

    /// `source`, when it can send from there, or where it is.
    func spoofed(_ source: UDPEndpoint) -> UDPEndpoint {
        canSpoof && Bool.random(using: &generator) ? source : endpoint
    }

    /// One of the datagrams that it has a copy of.
    var copy: SentDatagram? { overheard.isEmpty ? nil : overheard[number(below: overheard.count)] }

    func send(_ payload: [UInt8], from source: UDPEndpoint, to destination: UDPEndpoint, in network: SimulatedNetwork) {
        count += 1
        network.send(payload, from: source, to: destination, by: index, on: segment)
    }

    func send(packet: [UInt8], in network: SimulatedNetwork) {
        count += 1
        network.send(packet: packet, by: index)
    }

    func send(_ error: SimulatedError, in network: SimulatedNetwork) {
        count += 1
        network.forward(error, on: segment)
    }
}
