package import TeredoLinux
package import TeredoPortMapping
package import TeredoWire

/// The port mapper with its socket: what the client's driver runs beside the client, never in its way.
package final class PortMappingService {
    /// The router that is asked.
    package let gateway: IPv4Address
    private var mapper: PortMapper
    private let socket: UDPSocket
    private let incoming: ReceiveBatch
    private let outgoing = SendBatch(capacity: 16)
    private let exchange: TCPExchange
    private let recordFile: MappingRecordFile?
    /// Why there is no mapping.
    package private(set) var failure: MappingFailure?
    /// Where the Teredo server sees the service port, as was told last.
    package private(set) var observed: UDPEndpoint?
    /// When the mapping was made or renewed last; `nil` when there has been none.
    package private(set) var mappedAt: ProtocolInstant?

    /// Prepares to have `local.port` forwarded by `gateway`, and to remove what `recordFile` says was left there.
    ///
    /// A router that is silent for `patience` is taken for one that forwards nothing.
    package init(
        gateway: IPv4Address,
        local: UDPEndpoint,
        protocols: Set<MappingProtocol>,
        recordFile: MappingRecordFile? = nil,
        patience: Duration = .seconds(4)
    ) throws(SystemError) {
        self.gateway = gateway
        self.recordFile = recordFile
        var generator = SystemRandomNumberGenerator()
        mapper = PortMapper(
            gateway: gateway,
            client: local.address,
            port: local.port,
            protocols: protocols,
            inherited: recordFile?.records ?? [],
            patience: patience,
            generator: &generator
        )
        socket = try UDPSocket(bind: UDPEndpoint(local.address, 0))
        incoming = try ReceiveBatch(capacity: 16, slotLength: 4096)
        exchange = try TCPExchange()
    }

    package var socketDescriptor: CInt { socket.descriptor }
    package var exchangeDescriptor: CInt { exchange.descriptor }
    package var nextTimeout: ProtocolInstant? { mapper.nextTimeout }
    package var mapping: PortMapping? { mapper.mapping }
    /// Whether the router has to forget something.
    package var isRemovalNeeded: Bool { mapper.isRemovalNeeded }

    package func start(now: ProtocolInstant) {
        mapper.start(now: now)
        flush()
    }

    /// Takes where the Teredo server sees the service port.
    package func observe(_ endpoint: UDPEndpoint?, now: ProtocolInstant) {
        observed = endpoint
        mapper.observe(endpoint, now: now)
        flush()
    }

    package func remove(now: ProtocolInstant) {
        mapper.remove(now: now)
        flush()
    }

    package func handleTimeout(now: ProtocolInstant) {
        mapper.handleTimeout(now: now)
        flush()
    }

    package func receive(now: ProtocolInstant) {
        guard socket.receive(into: incoming) else {
            socket.takeErrors { error, _ in mapper.handleICMPError(error, now: now) }
            return flush()
        }
        for index in 0..<incoming.count {
            let source = incoming.source(index)
            incoming.withOctets(index) { mapper.handleDatagram($0, from: source, now: now) }
        }
        flush()
    }

    package func receiveAnswer(now: ProtocolInstant) {
        for answer in exchange.takeAnswers() { mapper.handleAnswer(answer.octets, to: answer.identifier, now: now) }
        flush()
    }

    /// The next event, or `nil`.
    package func pollEvent() -> PortMapper.Event? {
        guard let event = mapper.pollEvent() else { return nil }
        switch event {
        case .mapped:
            failure = nil
            mappedAt = MonotonicClock.now
        case .unmapped(let reason): failure = reason
        case .portTaken, .seenElsewhere, .removed: break
        }
        return event
    }

    private func flush() {
        // What may be made is written down before it is asked for.
        recordFile?.write(mapper.records)
        while let transmit = mapper.pollTransmit() {
            if outgoing.isFull(forCopyOf: transmit.bytes.count) { outgoing.flush(to: socket) }
            outgoing.append(copying: transmit.bytes.span, to: transmit.destination)
        }
        if outgoing.count > 0 { outgoing.flush(to: socket) }
        while let request = mapper.pollExchange() {
            exchange.begin(request.identifier, with: request.destination, request: request.request) {
                var reader = HTTPReader()
                return { part in
                    reader.read(part)
                    return reader.isAtEnd ? .whole : reader.isOpenEnded ? .open : .partial
                }
            }
        }
    }
}
