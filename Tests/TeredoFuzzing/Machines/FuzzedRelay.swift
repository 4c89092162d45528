import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A relay or host-specific relay that lives through what an input says.
struct FuzzedRelay {
    typealias Violation = FuzzTarget.Violation

    static let address = IPv4Address(203, 0, 113, 99)
    static let own = IPv6Address(high: 0x2400_0001_0000_0000, low: 1)
    private static let peerLimit = 12

    private var tape: InputTape
    private var relay: TeredoRelay
    private var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private var rules = MachineRules(ownAddresses: [address])
    /// The bubbles that were sent last, and what they were.
    private var bubbles: [(to: UDPEndpoint, bytes: [UInt8])] = []
    private var sentCount = 0
    private var nonces: [UInt32] = []
    private let queueLimit: Int

    init(_ input: [UInt8], isHostSpecific: Bool) {
        tape = InputTape(input)
        let prefix = IPv6Prefix(IPv6Address(high: 0x2400_0001_0000_0000, low: 0), length: 32)
        var configuration = RelayConfiguration(
            kind: isHostSpecific ? .hostSpecific : .router(servedPrefixes: [prefix]),
            ownIPv6Addresses: [Self.own],
            ownIPv4Addresses: [Self.address]
        )
        let switches = tape.octet()
        configuration.peerLimit = Self.peerLimit
        configuration.isBehindNAT = switches & 1 != 0
        configuration.honoursConeBit = switches & 2 != 0
        configuration.usesKeyedBubbles = switches & 4 == 0
        if switches & 8 == 0, !isHostSpecific { configuration.transit = TransitConfiguration() }
        if switches & 16 != 0 { configuration.siblings = [UDPEndpoint(IPv4Address(203, 0, 113, 98), 3545)] }
        configuration.countsPeerOctets = switches & 32 != 0
        queueLimit = configuration.queueLimits.totalOctets
        relay = TeredoRelay(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: 1),
            now: now
        )
        relay.watchPaths(switches & 64 == 0)
    }

    /// Lives through the whole input.
    mutating func run() throws(Violation) {
        for _ in 0..<Self.stepLimit where !tape.isAtEnd {
            try step()
            try Violation.unless(relay.peerCount <= Self.peerLimit, "\(relay.peerCount) clients")
            try Violation.unless(relay.queuedOctets <= queueLimit, "\(relay.queuedOctets) octets wait")
            if let next = relay.nextTimeout, next < now - .seconds(1) {
                throw Violation("a deadline is past and not met")
            }
        }
        try live(.seconds(600))
    }

    private mutating func step() throws(Violation) {
        switch tape.choice(13) {
        case 0, 1, 2:
            let source = tape.flag() ? Self.own : tape.native()
            try transmit(tape.packet(from: source, to: tape.peer().ipv6))
        case 3, 4:
            let peer = tape.peer()
            let destination = tape.flag() ? Self.own : tape.native()
            let bubble = tape.bubble(from: peer.ipv6, to: destination, tape.trailers(peer, nonces: nonces))
            try receive(bubble, from: tape.source(of: peer))
        case 5:
            let peer = tape.peer()
            try receive(tape.packet(from: peer.ipv6, to: Self.own), from: tape.source(of: peer))
        case 6: try answerBubbles()
        case 7: try receive(tape.octets(Int(tape.octet())), from: tape.source(of: tape.peer()))
        case 8:
            let peer = tape.peer()
            let bubble = tape.bubble(from: peer.ipv6, to: Self.own, tape.trailers(peer, nonces: nonces))
            try receive(tape.mutated(bubble), from: peer.mappedEndpoint)
        case 9: try live(.milliseconds(Int(tape.octet()) * 8))
        case 10: try live(.seconds(Int(tape.octet())))
        case 11:
            guard let last = bubbles.last else { return }
            let quote = Array(last.bytes.prefix(Int(tape.octet())))
            let type = UInt8(tape.choice(13))
            let code = UInt8(tape.choice(16))
            let error = ICMPv4Error(type: type, code: code, by: tape.peer().mappedEndpoint.address, about: last.to)
            relay.handleICMPError(error, quoting: quote.span, now: now)
            try drain()
        default:
            // Packets and messages between two clients, for a transit relay.
            let from = tape.peer()
            let to = tape.peer()
            let packet =
                tape.flag()
                ? tape.packet(from: from.ipv6, to: to.ipv6)
                : tape.bubble(from: from.ipv6, to: to.ipv6, tape.trailers(from, nonces: nonces))
            try receive(packet, from: tape.source(of: from))
        }
    }

    private mutating func transmit(_ packet: [UInt8]) throws(Violation) {
        if case .forward(let endpoint, _) = relay.handlePacket(packet.span, now: now) {
            try rules.checkDestination(endpoint)
        }
        try drain()
    }

    private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) throws(Violation) {
        let waiting = relay.queuedPackets
        let before = sentCount
        let verdict = relay.handleDatagram(bytes.span, from: source, now: now)
        if case .deliver(let range) = verdict {
            try Violation.unless(range.upperBound <= bytes.count, "more is delivered than came")
        }
        try drain()
        let reactions = sentCount - before
        try Violation.unless(
            reactions <= waiting + 8,
            "one datagram led to \(reactions) others, with \(waiting) waiting"
        )
    }

    /// The clients that were asked answer from where their addresses say, with what is left of the last bubbles' transit messages.
    private mutating func answerBubbles() throws(Violation) {
        let asked = bubbles
        bubbles = []
        for bubble in asked {
            guard let layout = try? TeredoDatagram(validating: bubble.bytes),
                let client = TeredoAddress(layout.header.destination),
                let list = try? TrailerList(parsing: Array(bubble.bytes[layout.trailers]))
            else { continue }
            var trailers = list.trailers.filter { if case .nonce = $0 { true } else { false } }
            if let message = list.transit {
                trailers.append(.transit(TransitMessage(.open, nonce: message.nonce, value: message.value)))
            }
            let answer = tape.bubble(from: client.ipv6, to: layout.header.source, trailers)
            try receive(answer, from: client.mappedEndpoint)
        }
    }

    private mutating func live(_ duration: Duration) throws(Violation) {
        let end = now + duration
        while let next = relay.nextTimeout, next <= end {
            now = max(now, next)
            try rules.noteTimeout(at: now)
            relay.handleTimeout(now: now)
            try drain()
        }
        now = end
    }

    private mutating func drain() throws(Violation) {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 2048) { transmit = relay.pollTransmit(into: &$0) }
            guard let transmit else { break }
            try rules.checkDestination(transmit.destination)
            sentCount += 1
            bubbles = bubbles.suffix(Self.memory - 1) + [(transmit.destination, bytes)]
            if let layout = try? TeredoDatagram(validating: bytes),
                let list = try? TrailerList(parsing: Array(bytes[layout.trailers])), let nonce = list.nonce
            {
                nonces = nonces.suffix(Self.memory - 1) + [nonce]
            }
        }
        while true {
            var count: Int?
            _ = [UInt8](capacity: 2048) { count = relay.pollDelivery(into: &$0) }
            guard count != nil else { break }
        }
        while relay.isWatchingPaths, relay.pollPathChange(now: now) != nil {}
    }

    private static let stepLimit = 400
    private static let memory = 16
}
