import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Moves datagrams and packets in batches between a service port, a machine and a TUN interface.
///
/// Data packets are not copied: what the machine lets pass goes out from where it was read in. Nothing is allocated
/// per packet.
final class Tunnel<Machine: TunnelMachine> {
    /// The state machine; whoever calls it calls ``drain()`` afterwards.
    var machine: Machine
    let interface: TUNDevice
    let socket: UDPSocket
    /// Sends what does not leave from the service port to one destination; set by drivers that have such.
    var sendElsewhere: ((Transmit, Span<UInt8>) -> Void)?
    private let datagrams: DatagramBatch
    private let packets: DatagramBatch
    private let outgoing = SendBatch()
    private let scratch = ScratchBuffer()
    private var packetsRefused: UInt64 = 0

    init(_ machine: Machine, interface: consuming TUNDevice, socket: consuming UDPSocket) throws(ServiceError) {
        datagrams = try ServiceError.wrapping { () throws(SystemError) in try DatagramBatch() }
        packets = try ServiceError.wrapping { () throws(SystemError) in try DatagramBatch() }
        self.machine = machine
        self.interface = interface
        self.socket = socket
    }

    /// What the system refused so far.
    var systemCounters: SystemCounters {
        var counters = SystemCounters()
        counters.datagramsRefused = UInt64(outgoing.failures)
        counters.sendBufferFull = UInt64(outgoing.overflows)
        counters.packetsRefused = packetsRefused
        return counters
    }

    /// Takes what waits on the service port, at most a few batches so that the other direction gets its turn.
    func receiveDatagrams() {
        for _ in 0..<Self.batchesPerTurn {
            guard socket.receive(into: datagrams) else { return }
            let now = ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
            for index in 0..<datagrams.count {
                let source = datagrams.envelope(index).source
                let verdict = datagrams.withOctets(index) {
                    machine.handleServiceDatagram($0, from: source, now: now)
                }
                if case .deliver(let range) = verdict, !interface.write(datagrams, index, range) {
                    packetsRefused += 1
                }
                drain()
            }
            flush()
        }
    }

    /// Takes what the host sends through the interface; returns `false` when there was nothing.
    func receivePackets() -> Bool {
        guard interface.read(into: packets) else { return false }
        let now = ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
        for index in 0..<packets.count {
            let verdict = packets.withOctets(index) { machine.handlePacket($0, now: now) }
            switch verdict {
            case .forward(let destination, .service):
                if outgoing.isFull() { flush() }
                outgoing.append(packets, index, to: destination)
            case .forward(let destination, let port):
                packets.withOctets(index) {
                    sendElsewhere?(Transmit(destination: destination, port: port, count: $0.count), $0)
                }
            case .consumed, .drop:
                break
            }
            drain()
        }
        // The batch refers to the packets where they lie: it must be gone before they are overwritten.
        flush()
        return true
    }

    /// Hands what an auxiliary port received to the machine and delivers what it lets pass.
    func receive(_ octets: Span<UInt8>, verdict: (inout Machine, Span<UInt8>) -> ReceptionVerdict) {
        if case .deliver(let range) = verdict(&machine, octets), !interface.write(octets.extracting(range)) {
            packetsRefused += 1
        }
        drain()
    }

    /// Does what is due and sends what comes of it.
    func handleTimeout(now: ProtocolInstant) {
        machine.handleTimeout(now: now)
        drain()
        flush()
    }

    /// Collects what the machine has to send and delivers what it has for the host.
    func drain() {
        while let transmit = scratch.fill({ machine.pollTransmit(into: &$0) }) {
            if transmit.port == .service, !transmit.destination.address.isMulticast {
                if outgoing.isFull(forCopyOf: scratch.count) { flush() }
                scratch.withOctets { outgoing.append(copying: $0, to: transmit.destination) }
            } else {
                scratch.withOctets { sendElsewhere?(transmit, $0) }
            }
        }
        while scratch.fill({ machine.pollDelivery(into: &$0) }) != nil {
            if !scratch.withOctets({ interface.write($0) }) { packetsRefused += 1 }
        }
    }

    /// Sends a datagram on one interface, for multicast.
    func send(_ octets: Span<UInt8>, to destination: UDPEndpoint, onInterface index: Int32) {
        if outgoing.isFull(forCopyOf: octets.count) { flush() }
        outgoing.append(copying: octets, to: destination, interfaceIndex: index)
    }

    /// Sends everything collected.
    func flush() {
        if outgoing.count > 0 { outgoing.flush(to: socket) }
    }

    private static var batchesPerTurn: Int { 4 }
}
