import TeredoWire

/// A packet that waits for a peer to become trusted.
struct QueuedPacket: Sendable {
    let bytes: [UInt8]
    /// The endpoint that a held packet came from; `nil` for packets from the host.
    let origin: UDPEndpoint?
    /// When it began to wait.
    let since: ProtocolInstant
}

/// The packets that wait for one peer, first in first out.
struct PacketQueue: Sendable {
    private(set) var packets: [QueuedPacket] = []
    private(set) var octets = 0

    var isEmpty: Bool { packets.isEmpty }

    /// Appends a packet unless the queue or the budget over all queues has no room (SEC-32).
    mutating func append(_ packet: QueuedPacket, limits: QueueLimits, budget: inout QueueBudget) -> Bool {
        guard packets.count < limits.packetsPerPeer, octets + packet.bytes.count <= limits.octetsPerPeer,
            budget.reserve(packet.bytes.count)
        else { return false }
        packets.append(packet)
        octets += packet.bytes.count
        return true
    }

    /// Takes all packets out, first one first, and gives their octets back to the budget.
    mutating func removeAll(budget: inout QueueBudget) -> [QueuedPacket] {
        budget.release(octets, packets: packets.count)
        octets = 0
        defer { packets = [] }
        return packets
    }
}

/// How much may wait for peers that are not trusted yet.
public struct QueueLimits: Hashable, Sendable {
    /// Packets per peer and direction.
    public var packetsPerPeer: Int
    /// Octets per peer and direction.
    public var octetsPerPeer: Int
    /// Octets over all peers.
    public var totalOctets: Int

    /// Makes limits; the defaults hold a burst of 64 small packets for one peer and 4 MiB in all.
    public init(packetsPerPeer: Int = 64, octetsPerPeer: Int = 65_536, totalOctets: Int = 4 << 20) {
        self.packetsPerPeer = packetsPerPeer
        self.octetsPerPeer = octetsPerPeer
        self.totalOctets = totalOctets
    }
}

/// The octets that all queues of a machine may hold together.
struct QueueBudget: Sendable {
    let limit: Int
    private(set) var used = 0
    /// How many packets they hold.
    private(set) var packets = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether a queue may hold so many octets: a sixteenth at most of what is left of three eighths of the limit.
    ///
    /// What is left of the whole is for the first packets of others, whatever waits in long queues.
    func hasRoom(forQueueOf octets: Int) -> Bool { octets <= (limit / 8 * 3 - used) / 16 }

    /// Makes room for one packet, if there is any.
    mutating func reserve(_ octets: Int) -> Bool {
        guard used + octets <= limit else { return false }
        used += octets
        packets += 1
        return true
    }

    /// So many packets with so many octets together wait no more.
    mutating func release(_ octets: Int, packets count: Int) {
        used -= octets
        packets -= count
    }
}
