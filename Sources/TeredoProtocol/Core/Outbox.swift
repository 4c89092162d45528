import DequeModule
import TeredoWire

/// What a machine has to say between two inputs: datagrams to send and packets to deliver, both in order.
struct Outbox: Sendable {
    private struct Datagram: Sendable {
        let destination: Destination
        let port: LocalPort
        let timeToLive: UInt8?
        let bytes: [UInt8]
    }

    private var datagrams: Deque<Datagram> = []
    private var deliveries: Deque<[UInt8]> = []

    var isEmpty: Bool { datagrams.isEmpty && deliveries.isEmpty }

    mutating func send(
        _ bytes: [UInt8],
        to destination: Destination,
        from port: LocalPort = .service,
        timeToLive: UInt8? = nil
    ) {
        datagrams.append(Datagram(destination: destination, port: port, timeToLive: timeToLive, bytes: bytes))
    }

    mutating func deliver(_ packet: [UInt8]) { deliveries.append(packet) }

    mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        guard let next = datagrams.first, output.freeCapacity >= next.bytes.count else { return nil }
        datagrams.removeFirst()
        output.append(copying: next.bytes.span)
        return Transmit(
            destination: next.destination.endpoint,
            port: next.port,
            timeToLive: next.timeToLive,
            count: next.bytes.count
        )
    }

    mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        guard let next = deliveries.first, output.freeCapacity >= next.count else { return nil }
        deliveries.removeFirst()
        output.append(copying: next.span)
        return next.count
    }
}
