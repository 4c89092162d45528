import DequeModule
import TeredoWire

/// All that a machine says between two inputs: datagrams, packets, ICMPv6 errors, events, and what it counts.
///
/// Its parts write here and nowhere else, and draw their random numbers here; the owner drains it.
struct MachineOutput<Event: Sendable>: Sendable {
    /// What was sent, received and dropped.
    var counters = TrafficCounters()
    /// The random numbers of the machine.
    var random: RandomSource
    private var outbox = Outbox()
    private var events: Deque<Event> = []
    private var errors: ICMPv6ErrorLimiter

    /// Nothing said yet.
    init(random: RandomSource, now: ProtocolInstant) {
        self.random = random
        errors = ICMPv6ErrorLimiter(now: now)
    }

    // MARK: The parts write

    /// Sends a datagram.
    mutating func send(_ bytes: [UInt8], to destination: Destination, from port: LocalPort = .service) {
        outbox.send(bytes, to: destination, from: port)
    }

    /// Sends a bubble; one with an IPv4 time to live of its own is not meant to arrive.
    mutating func sendBubble(
        from source: IPv6Address,
        to destination: IPv6Address,
        at place: Destination,
        hopLimit: UInt8 = 255,
        port: LocalPort = .service,
        timeToLive: UInt8? = nil,
        trailers: TrailerList = TrailerList()
    ) {
        let bubble = TeredoBubble(source: source, destination: destination, hopLimit: hopLimit)
        let octets = [UInt8](capacity: TeredoBubble.length + trailers.length) { output in
            bubble.encode(into: &output)
            trailers.encode(into: &output)
        }
        outbox.send(octets, to: place, from: port, timeToLive: timeToLive)
        counters.bubblesSent &+= 1
    }

    /// Hands a packet to the host or the IPv6 side.
    mutating func deliver(_ packet: [UInt8]) { outbox.deliver(packet) }

    /// Tells the owner something.
    mutating func tell(_ event: Event) { events.append(event) }

    /// Tells the sender of a packet what became of it, unless no error may be sent about it or now (SEC-47).
    mutating func deliverError(
        _ error: ICMPv6Error,
        about packet: Span<UInt8>,
        from source: IPv6Address,
        now: ProtocolInstant
    ) {
        guard let message = errors.error(error, about: packet, from: source, now: now) else { return }
        counters.icmpv6Errors &+= 1
        outbox.deliver(message)
    }

    /// The same through the tunnel.
    mutating func sendError(
        _ error: ICMPv6Error,
        about packet: Span<UInt8>,
        from source: IPv6Address,
        to place: Destination,
        now: ProtocolInstant
    ) {
        guard let message = errors.error(error, about: packet, from: source, now: now) else { return }
        counters.icmpv6Errors &+= 1
        outbox.send(message, to: place)
    }

    /// Counts a datagram that is dropped.
    mutating func drop(_ reason: DropReason) -> ReceptionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
    }

    /// Counts a packet that is not sent.
    mutating func refuse(_ reason: DropReason) -> TransmissionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
    }

    // MARK: The owner drains

    mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        guard let transmit = outbox.pollTransmit(into: &output) else { return nil }
        counters.recordSent(octets: transmit.count)
        return transmit
    }

    mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        guard let count = outbox.pollDelivery(into: &output) else { return nil }
        counters.packetsDelivered &+= 1
        return count
    }

    mutating func pollEvent() -> Event? { events.popFirst() }
}
