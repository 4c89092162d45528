import TeredoControl
import TeredoHost
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
    /// A destination that datagrams do not leave the process for: they go to ``sendElsewhere``.
    var elsewhere: UDPEndpoint?
    /// Has those who move packets beside this thread tell the machine what they did for a peer; set where there are such.
    var collect: ((IPv6Address) -> Void)?
    /// Has them ask the machine again about the path to a peer.
    var reconsider: ((IPv6Address, ProtocolInstant) -> Void)?
    /// What servers gave to this relay for its bubbles; `nil` for a client.
    var serverProofs: ServerProofs?
    /// What datagrams to each destination leave from, where a relay's service port is on all addresses of the host.
    let answeringAddresses: AnsweringAddresses?
    private let datagrams: ReceiveBatch
    private let packets: ReceiveBatch
    private let outgoing = SendBatch()
    private let coalescer: PacketCoalescer
    private let scratch = ScratchBuffer()
    private var addresses: [IPv6Address] = []
    /// The offloads in force.
    let offloads: Set<Offload>
    private var packetsRefused: UInt64 = 0
    /// What the kernel dropped at the service port; for the thread that reports, which may be another one than the tunnel's.
    private var receiveDropMeter = ReceiveDropMeter()
    /// Packets dropped because they met congestion, and their transport knows no ECN (RFC 6040).
    var congestionDrops: UInt64 = 0
    /// What is noted for those who look on.
    var notes = TunnelNotes()

    init(
        _ machine: Machine,
        interface: consuming TUNDevice,
        socket: consuming UDPSocket,
        offloads: Set<Offload> = [],
        answeringFrom addresses: AnsweringAddresses? = nil
    ) throws(ServiceError) {
        datagrams = try ServiceError.wrapping { () throws(SystemError) in try ReceiveBatch() }
        packets = try ServiceError.wrapping { () throws(SystemError) in try ReceiveBatch() }
        let granted = socket.enable(offloads)
        outgoing.usesSegmentation = granted.contains(.udpGSO)
        outgoing.copiesTrafficClass = true
        socket.tellTrafficClass()
        if addresses != nil { socket.tellDestination() }
        answeringAddresses = addresses
        outgoing.sources = addresses
        coalescer = PacketCoalescer(offloads: interface.queue.offloads)
        self.offloads = granted.union(interface.queue.offloads)
        self.machine = machine
        self.interface = interface
        self.socket = socket
    }

    /// The offloads in force, in the order of their list.
    var offloadsInForce: [Offload] { Offload.allCases.filter { offloads.contains($0) } }

    /// What the system refused so far.
    var systemCounters: SystemCounters {
        var counters = SystemCounters()
        counters.datagramsRefused = UInt64(outgoing.failures)
        counters.sendBufferFull = UInt64(outgoing.overflows)
        counters.packetsRefused = packetsRefused + UInt64(coalescer.refusals)
        counters.congestionDropped = congestionDrops
        counters.segmentationRefused = UInt64(outgoing.segmentationRefusals)
        counters.coalescingRefused = UInt64(coalescer.coalescingRefusals)
        return counters
    }

    /// Datagrams that the kernel dropped at the service port, as it says now; to be asked by one and the same thread.
    var receiveDrops: UInt64 { receiveDropMeter.read(socket) }

    /// Goes on with another socket for the service port.
    func moveService(to socket: consuming UDPSocket) throws(SystemError) {
        receiveDropMeter.read(self.socket)
        try self.socket.replace(with: socket)
        receiveDropMeter.beginAnew()
    }

    /// Takes what waits on the service port, at most a few batches so that the other direction gets its turn.
    func receiveDatagrams() {
        notes.drops.refresh()
        for _ in 0..<Self.batchesPerTurn {
            guard socket.receive(into: datagrams, noting: answeringAddresses) else { return takeErrors() }
            let now = MonotonicClock.now
            prepare(datagrams, addressesAt: 8)
            for index in 0..<datagrams.count { receive(index, now: now) }
            // The packets wait where they lie: they must be gone before that is overwritten.
            coalescer.flush(to: interface.queue)
            flush()
            // A batch that was not filled has emptied the socket: asking again would only cost time.
            guard datagrams.isFull else { return }
        }
    }

    /// Takes what the network says about datagrams that left from the service port.
    private func takeErrors() {
        let now = MonotonicClock.now
        socket.takeErrors { handleError($0, quoting: $1, now: now) }
        flush()
    }

    /// Hands an ICMPv4 error about a datagram of ours to the machine, with what it quotes of the payload.
    ///
    /// What others moved for the peer is told before, and the path is theirs no more while the peer is in doubt.
    func handleError(_ error: ICMPv4Error, quoting octets: Span<UInt8>, now: ProtocolInstant) {
        let peer = QuotedDatagram(octets).destination
        if let peer { collect?(peer) }
        machine.handleICMPError(error, quoting: octets, now: now)
        drain()
        if let peer { reconsider?(peer, now) }
    }

    /// Takes the datagrams of one sender that share a slot.
    ///
    /// What holds for a packet holds for those behind it that differ in nothing that the machine looks at.
    private func receive(_ index: Int, now: ProtocolInstant) {
        let source = datagrams.source(index)
        let length = datagrams.length(index)
        let step = max(1, datagrams.segmentLength(index))
        var start = 0
        repeat {
            let range = start..<min(start + step, length)
            start = range.upperBound
            guard datagrams.adoptTrafficClass(index, range) else {
                congestionDrops += 1
                if notes.drops.isOn { notes.drops.tellCongestion(from: source, octets: range.count, now: now) }
                continue
            }
            if source.port == TeredoConstants.udpPort, takesProof(index, range, from: source, now: now) { continue }
            let verdict = datagrams.withOctets(index, range) {
                machine.handleServiceDatagram($0, from: source, now: now)
            }
            if case .deliver(let packet) = verdict {
                if notes.noticed.isWanted {
                    datagrams.withOctets(index, range) { notes.noticed.insert(from: $0, at: packet.lowerBound + 8) }
                }
                let place = range.lowerBound + packet.lowerBound..<range.lowerBound + packet.upperBound
                coalescer.add(datagrams, index, place, to: interface.queue)
                if place == range { start = deliverAlike(index, range, step) }
            } else if case .drop(let reason) = verdict {
                notes.drops.note(reason, from: source, octets: range.count, now: now)
            } else if let exchanges = notes.exchanges, exchanges.isOn {
                datagrams.withOctets(index, range) { exchanges.note(.received, $0, source) }
            }
            drain()
        } while start < length
    }

    /// Whether a datagram was a server's proof for this relay.
    private func takesProof(_ index: Int, _ range: Range<Int>, from source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        datagrams.withOctets(index, range) { serverProofs?.handle($0, from: source, now: now) ?? false }
    }

    /// Lets the machine fetch what it knows of many peers at once, which waits for memory once and not for each.
    private func prepare(_ batch: ReceiveBatch, addressesAt offset: Int) {
        guard batch.count > 1 else { return }
        addresses.removeAll(keepingCapacity: true)
        for index in 0..<batch.count where batch.length(index) >= 40 {
            batch.withOctets(index) { addresses.append($0.ipv6Address(at: offset)) }
        }
        let concerned = addresses
        _ = machine.prepare(for: concerned.span)
    }

    /// Delivers the packets behind the one in `range` that are like it, and returns where they end.
    private func deliverAlike(_ index: Int, _ range: Range<Int>, _ step: Int) -> Int {
        let length = datagrams.length(index)
        var start = range.upperBound
        var count = 0
        while start < length {
            let next = start..<min(start + step, length)
            guard datagrams.isAlike(index, range, next) else { break }
            guard datagrams.adoptTrafficClass(index, next) else {
                // By itself the next round would drop it as well.
                break
            }
            coalescer.add(datagrams, index, next, to: interface.queue)
            start = next.upperBound
            count += 1
        }
        if count > 0 { machine.recordDeliveries(count, octets: start - range.upperBound) }
        return start
    }

    /// Takes what the host sends through the interface; returns `false` when there was nothing.
    func receivePackets() -> Bool {
        guard interface.queue.read(into: packets, octetLimit: Self.octetsPerRead) else { return false }
        notes.drops.refresh()
        let now = MonotonicClock.now
        prepare(packets, addressesAt: 24)
        for index in 0..<packets.count {
            switch packets.content(index) {
            case .packet:
                let verdict = packets.withOctets(index) { machine.handlePacket($0, now: now) }
                if case .forward(let destination, .service) = verdict {
                    if notes.noticed.isWanted { packets.withOctets(index) { notes.noticed.insert(from: $0, at: 24) } }
                    if outgoing.isFull() { flush() }
                    outgoing.append(packets, index, to: destination)
                } else {
                    packets.withOctets(index) { carryOut(verdict, $0, now: now) }
                }
            case .superPacket(let segmenter):
                transmit(segmenter, index, now: now)
            case .unusable:
                packetsRefused += 1
            }
            drain()
        }
        // The batch refers to the packets where they lie: it must be gone before they are overwritten.
        flush()
        return true
    }

    private func transmit(_ segmenter: PacketSegmenter, _ index: Int, now: ProtocolInstant) {
        let verdict = packets.withOctets(index) {
            machine.forwardSegments(
                of: $0,
                segments: segmenter.count,
                longest: segmenter.length(of: 0),
                octets: segmenter.octets,
                now: now
            )
        }
        if case .forward(let destination, .service) = verdict {
            if notes.noticed.isWanted { packets.withOctets(index) { notes.noticed.insert(from: $0, at: 24) } }
            var next = 0
            while next < segmenter.count {
                next = outgoing.append(segmenter, from: next, to: destination)
                if next < segmenter.count { flush() }
            }
            return
        }
        for part in 0..<segmenter.count {
            scratch.build(part, of: segmenter)
            let verdict = verdict ?? scratch.withOctets { machine.handlePacket($0, now: now) }
            scratch.withOctets { carryOut(verdict, $0, now: now) }
            drain()
        }
    }

    /// Does what the machine decided about a packet that lies in memory of its own.
    private func carryOut(_ verdict: TransmissionVerdict, _ packet: Span<UInt8>, now: ProtocolInstant) {
        switch verdict {
        case .forward(let destination, .service):
            if outgoing.isFull(forCopyOf: packet.count) { flush() }
            outgoing.append(copying: packet, to: destination)
        case .forward(let destination, let port):
            sendElsewhere?(Transmit(destination: destination, port: port, count: packet.count), packet)
        case .drop(let reason):
            if notes.countsNativeHosts {
                notes.drops.note(reason, ofNative: packet, now: now)
            } else if notes.drops.isOn {
                notes.drops.tell(reason, ofHost: packet, now: now)
            }
        case .consumed:
            break
        }
    }

    /// Decides about a packet of the host that came another way than through the interface's queue.
    func transmit(_ packet: Span<UInt8>, now: ProtocolInstant) {
        carryOut(machine.handlePacket(packet, now: now), packet, now: now)
        drain()
    }

    /// Hands what came another way than through the service port's batches to the machine, and delivers what it lets pass.
    func receive(
        _ octets: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant,
        verdict: (inout Machine, Span<UInt8>) -> ReceptionVerdict
    ) {
        if source.port == TeredoConstants.udpPort, serverProofs?.handle(octets, from: source, now: now) ?? false {
            return
        }
        switch verdict(&machine, octets) {
        case .deliver(let range):
            if !interface.queue.write(octets.extracting(range)) { packetsRefused += 1 }
        case .drop(let reason):
            notes.drops.refresh()
            notes.drops.note(reason, from: source, octets: octets.count, now: now)
        case .consumed: notes.exchanges?.note(.received, octets, source)
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
            if let exchanges = notes.exchanges, exchanges.isOn {
                scratch.withOctets { exchanges.note(.sent, $0, transmit.destination) }
            }
            let isUsual = transmit.port == .service && transmit.destination != elsewhere
            if isUsual, !transmit.destination.address.isMulticast {
                if outgoing.isFull(forCopyOf: scratch.count) { flush() }
                scratch.withOctets { append($0, to: transmit.destination, timeToLive: transmit.timeToLive) }
            } else {
                scratch.withOctets { sendElsewhere?(transmit, $0) }
            }
        }
        while scratch.fill({ machine.pollDelivery(into: &$0) }) != nil {
            // What waits for neighbours came in before.
            coalescer.flush(to: interface.queue)
            if !scratch.withOctets({ interface.queue.write($0) }) { packetsRefused += 1 }
        }
    }

    /// Collects what the machine made itself: a bubble goes with what its server gave.
    private func append(_ octets: Span<UInt8>, to destination: UDPEndpoint, timeToLive: UInt8?) {
        guard serverProofs != nil, destination.port == TeredoConstants.udpPort else {
            return outgoing.append(copying: octets, to: destination, timeToLive: timeToLive)
        }
        let now = MonotonicClock.now
        if let bubble = serverProofs?.returningProof(with: octets, to: destination, now: now) {
            outgoing.append(copying: bubble.span, to: destination)
        } else {
            outgoing.append(copying: octets, to: destination)
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
        if outgoing.hasMetError {
            outgoing.hasMetError = false
            takeErrors()
        }
    }

    private static var batchesPerTurn: Int { 4 }
    /// What is read from the interface before it is sent: little enough to stay in the processor's cache.
    private static var octetsPerRead: Int { 256 << 10 }
}
