import TeredoProtocol
import TeredoWire

/// Packets of a native host to many clients in random order: the peer table, with what memory costs.
struct RandomRecipients {
    private var relay: TrustingRelay
    private let packet: [UInt8]
    private var generator = SplitMixGenerator(seed: 2)
    private let destinations: [IPv6Address]

    init(clients: Int) throws {
        relay = try TrustingRelay(clients: clients)
        destinations = (0..<clients).map { Packets.client($0).ipv6 }
        packet = Packets.udp(from: Packets.native, to: Packets.client(0).ipv6, length: 112)
    }

    mutating func run(_ count: Int) throws -> Int {
        var packet = packet
        var sum = 0
        for _ in 0..<count {
            // The number of clients is below 2^32: the high half of the product is an index without bias to speak of.
            let index = Int(
                truncatingIfNeeded: generator.next().multipliedFullWidth(by: UInt64(destinations.count)).high
            )
            var value = destinations[index].rawValue.bigEndian
            for offset in 24..<40 {
                packet[offset] = UInt8(truncatingIfNeeded: value)
                value >>= 8
            }
            guard case .forward(let endpoint, _) = relay.machine.handlePacket(packet.span, now: relay.now) else {
                throw SubjectError("not on the fast path")
            }
            sum &+= Int(endpoint.port)
        }
        return sum
    }
}

/// A relay with a thousand clients.
struct RelayTransmissionToThousand: Subject {
    static let summary = "relay: to one of 1,000 clients at random"
    private var recipients: RandomRecipients

    init() throws { recipients = try RandomRecipients(clients: 1000) }

    mutating func run(_ count: Int) throws -> Int { try recipients.run(count) }
}

/// A relay with a million clients.
struct RelayTransmissionToMillion: Subject {
    static let summary = "relay: to one of 1,000,000 clients at random"
    private var recipients: RandomRecipients

    init() throws { recipients = try RandomRecipients(clients: 1_000_000) }

    mutating func run(_ count: Int) throws -> Int { try recipients.run(count) }
}

/// A relay whose 100,000 clients sent something a short while ago and nothing since: what its timers cost.
///
/// One operation is one second of life; 1,000,000,000 ns would be a whole core.
struct RelayIdle: Subject {
    static let summary = "relay: a second of life with 100,000 idle clients (1000000000 ns would be a core)"
    private static let lifetime = 25
    private let fresh: TrustingRelay
    private var relay: TrustingRelay
    private var second = 0
    private let scratch = Scratch()

    init() throws {
        fresh = try TrustingRelay(clients: 100_000)
        relay = fresh
    }

    mutating func run(_ count: Int) throws -> Int {
        var timeouts = 0
        for _ in 0..<count {
            // Entries are valid for 30 s: begin anew before they end, or the table would be empty.
            if second == Self.lifetime {
                relay = fresh
                second = 0
            }
            second += 1
            let end = Packets.start + .seconds(second)
            while let next = relay.machine.nextTimeout, next <= end {
                relay.now = max(next, relay.now)
                relay.machine.handleTimeout(now: relay.now)
                relay.drain(scratch)
                timeouts += 1
            }
            relay.now = end
        }
        return timeouts &+ relay.machine.peerCount
    }
}
