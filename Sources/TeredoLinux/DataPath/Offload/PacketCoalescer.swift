import CTeredoLinux
import Glibc

/// Puts consecutive packets of a flow together and hands them to the host as one super-packet.
///
/// Nothing is copied: a super-packet is the first packet, its header adjusted, and the payloads of the others where they
/// lie. Packets of a flow keep their order, and what the kernel would make of a super-packet, cutting it again, is octet
/// for octet what came in. ``flush(to:)`` must be called before the memory of the packets is used again.
@safe package final class PacketCoalescer {
    /// Packets that the kernel refused.
    package private(set) var refusals = 0
    /// Super-packets handed over.
    package private(set) var superPackets = 0
    /// Super-packets that the kernel did not take, handed over packet by packet after all.
    package private(set) var coalescingRefusals = 0

    private let combinesTCP: Bool
    private let combinesUDP: Bool
    private var isEnabled = true
    private let flows: UnsafeMutablePointer<Flow>
    private let vectors: UnsafeMutablePointer<iovec>
    private let headers: UnsafeMutableRawPointer
    private var activeCount = 0
    /// The flow that the last packet went to: the next one is probably of the same.
    private var latest = 0

    private struct Flow {
        var key = FlowKey()
        var headerLength = 0
        var segmentLength = 0
        var payloadLength = 0
        var segments = 0
        var nextSequence: UInt32 = 0
        var isTCP = false
        /// Whether the checksum of the first packet was found right, or unfinished.
        var isVerified = false
        var isClosed = false
        var order = 0
    }

    private static let flowLimit = 8
    /// Header of virtio, first packet, and the payloads of the rest of 64 datagrams or of a TCP super-packet.
    private static let vectorsPerFlow = 130
    private static let longestPayload = 65_535
    /// What the kernel accepts of UDP (UDP_MAX_SEGMENTS of older kernels).
    private static let udpSegmentLimit = 64
    private var sequence = 0
    private var refusalsInARow = 0

    /// Makes a coalescer for an interface with the given offloads.
    package init(offloads: Set<Offload>) {
        combinesTCP = offloads.contains(.tcpCoalescing)
        combinesUDP = offloads.contains(.udpCoalescing)
        unsafe flows = .allocate(capacity: Self.flowLimit)
        unsafe flows.initialize(repeating: Flow(), count: Self.flowLimit)
        unsafe vectors = .allocate(capacity: Self.flowLimit * Self.vectorsPerFlow)
        unsafe vectors.initialize(repeating: iovec(), count: Self.flowLimit * Self.vectorsPerFlow)
        unsafe headers = .allocate(byteCount: Self.flowLimit * 16, alignment: 16)
    }

    deinit {
        unsafe flows.deallocate()
        unsafe vectors.deallocate()
        unsafe headers.deallocate()
    }

    /// Hands over the packet in a range of a slot, now or with its neighbours at the next flush.
    package func add(_ batch: ReceiveBatch, _ index: Int, _ range: Range<Int>, to queue: borrowing TUNQueue) {
        let packet = unsafe UnsafeMutableRawBufferPointer(rebasing: batch.octets(index)[range])
        guard isEnabled, let segment = unsafe TransportSegment(packet) else {
            // Something else of the same hosts may belong to one of their flows, a fragment for example.
            if activeCount > 0, packet.count >= 40 { unsafe flush(betweenHostsOf: packet, to: queue) }
            unsafe write(packet, to: queue)
            return
        }
        let known = find(segment.key)
        if let known {
            if segment.isCombinable, unsafe join(known, segment, packet) { return }
            flush(known, to: queue)
        }
        guard segment.isCombinable, segment.isTCP ? combinesTCP : combinesUDP else {
            unsafe write(packet, to: queue)
            return
        }
        unsafe begin(segment, packet, to: queue)
    }

    /// Hands over everything that waits for neighbours.
    package func flush(to queue: borrowing TUNQueue) {
        guard activeCount > 0 else { return }
        while let oldest = oldest { flush(oldest, to: queue) }
    }

    private var oldest: Int? {
        var result: Int?
        for index in 0..<Self.flowLimit where unsafe flows[index].segments > 0 {
            guard let candidate = result, unsafe flows[candidate].order < flows[index].order else {
                result = index
                continue
            }
        }
        return result
    }

    private func find(_ key: FlowKey) -> Int? {
        guard activeCount > 0 else { return nil }
        if unsafe flows[latest].segments > 0, unsafe flows[latest].key == key { return latest }
        for index in 0..<Self.flowLimit where unsafe flows[index].segments > 0 && flows[index].key == key {
            latest = index
            return index
        }
        return nil
    }

    private func begin(
        _ segment: TransportSegment,
        _ packet: UnsafeMutableRawBufferPointer,
        to queue: borrowing TUNQueue
    ) {
        if activeCount == Self.flowLimit, let oldest { flush(oldest, to: queue) }
        guard let free = (0..<Self.flowLimit).first(where: { unsafe flows[$0].segments == 0 }) else { return }
        sequence += 1
        unsafe flows[free] = Flow(
            key: segment.key,
            headerLength: segment.headerLength,
            segmentLength: segment.payloadLength,
            payloadLength: segment.payloadLength,
            segments: 1,
            nextSequence: segment.sequence &+ UInt32(truncatingIfNeeded: segment.payloadLength),
            isTCP: segment.isTCP,
            isClosed: segment.isLast,
            order: sequence
        )
        let base = free * Self.vectorsPerFlow
        unsafe vectors[base] = iovec(
            iov_base: headers + free * 16,
            iov_len: VirtioNetHeader.length
        )
        unsafe vectors[base + 1] = iovec(iov_base: packet.baseAddress, iov_len: packet.count)
        activeCount += 1
        latest = free
    }

    /// Appends a packet to a flow; `false` when it does not continue what is there.
    private func join(_ index: Int, _ segment: TransportSegment, _ packet: UnsafeMutableRawBufferPointer) -> Bool {
        let flow = unsafe flows[index]
        guard !flow.isClosed, segment.isTCP == flow.isTCP, segment.headerLength == flow.headerLength,
            segment.payloadLength <= flow.segmentLength,
            flow.headerLength - 40 + flow.payloadLength + segment.payloadLength <= Self.longestPayload,
            flow.segments < (flow.isTCP ? Self.vectorsPerFlow - 2 : Self.udpSegmentLimit)
        else { return false }
        let base = index * Self.vectorsPerFlow
        guard let first = unsafe vectors[base + 1].iov_base else { return false }
        if flow.isTCP {
            guard segment.sequence == flow.nextSequence else { return false }
        }
        guard unsafe segment.matches(first, packet) else { return false }
        if !flow.isVerified {
            let whole = unsafe UnsafeRawBufferPointer(start: first, count: vectors[base + 1].iov_len)
            guard unsafe TransportSegment.hasTrustworthyChecksum(whole) else { return false }
            unsafe flows[index].isVerified = true
        }
        guard unsafe TransportSegment.hasTrustworthyChecksum(UnsafeRawBufferPointer(packet)),
            let start = packet.baseAddress
        else { return false }
        unsafe vectors[base + 1 + flow.segments] = iovec(
            iov_base: start + segment.headerLength,
            iov_len: segment.payloadLength
        )
        unsafe flows[index].segments += 1
        unsafe flows[index].payloadLength += segment.payloadLength
        unsafe flows[index].nextSequence = segment.sequence &+ UInt32(truncatingIfNeeded: segment.payloadLength)
        if segment.isLast || segment.payloadLength < flow.segmentLength { unsafe flows[index].isClosed = true }
        if segment.isPush { unsafe TransportSegment.setPush(first) }
        return true
    }

    private func flush(betweenHostsOf packet: UnsafeMutableRawBufferPointer, to queue: borrowing TUNQueue) {
        guard let base = packet.baseAddress else { return }
        let hosts = unsafe FlowKey(addressesOf: base)
        for index in 0..<Self.flowLimit
        where unsafe flows[index].segments > 0 && flows[index].key.hasHosts(of: hosts) {
            flush(index, to: queue)
        }
    }

    private func flush(_ index: Int, to queue: borrowing TUNQueue) {
        let flow = unsafe flows[index]
        unsafe flows[index].segments = 0
        activeCount -= 1
        let parts = unsafe vectors + index * Self.vectorsPerFlow
        guard let first = unsafe parts[1].iov_base else { return }
        guard flow.segments > 1 else {
            unsafe write(UnsafeMutableRawBufferPointer(start: first, count: parts[1].iov_len), to: queue)
            return
        }
        var header = VirtioNetHeader()
        header.needsChecksum = true
        header.segmentation = flow.isTCP ? .tcp6 : .udp
        header.headerLength = UInt16(flow.headerLength)
        header.segmentLength = UInt16(flow.segmentLength)
        header.checksumStart = 40
        header.checksumOffset = flow.isTCP ? PacketSegmenter.tcpChecksum : PacketSegmenter.udpChecksum
        unsafe header.write(to: headers + index * 16)
        let saved = unsafe TransportSegment.makeSuperPacket(first, flow.headerLength, flow.payloadLength, flow.isTCP)
        if unsafe queue.write(parts, flow.segments + 1) {
            superPackets += 1
            refusalsInARow = 0
            return
        }
        // Some kernels refuse some super-packets (Linux 6.1.100 and its like): each packet for itself then.
        coalescingRefusals += 1
        refusalsInARow += 1
        if refusalsInARow >= Self.refusalLimit { isEnabled = false }
        unsafe saved.restore(first)
        unsafe write(UnsafeMutableRawBufferPointer(start: first, count: parts[1].iov_len), to: queue)
        for part in 2...flow.segments {
            guard let payload = unsafe parts[part].iov_base else { continue }
            unsafe write(
                UnsafeMutableRawBufferPointer(
                    start: payload - flow.headerLength,
                    count: parts[part].iov_len + flow.headerLength
                ),
                to: queue
            )
        }
    }

    private func write(_ packet: UnsafeMutableRawBufferPointer, to queue: borrowing TUNQueue) {
        if unsafe !queue.write(UnsafeRawBufferPointer(packet)) { refusals += 1 }
    }

    private static let refusalLimit = 8
}
