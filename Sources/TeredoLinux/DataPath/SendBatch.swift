import CTeredoLinux
import Glibc
package import TeredoWire

/// Datagrams on their way out: collected while a batch is worked on, sent with one call.
///
/// Octets are either copied in, or referred to where they lie in a ``ReceiveBatch``, which must then not be filled
/// again before ``flush(to:)``. Neighbours of equal length to one destination share a message that the kernel cuts
/// (UDP_SEGMENT) where that is allowed.
@safe package final class SendBatch {
    /// The number of messages that fit before a flush is due.
    package let capacity: Int
    /// The number of messages collected; several datagrams may share one.
    package private(set) var count = 0
    /// Whether neighbours of equal length may share a message.
    package var usesSegmentation = false
    /// Whether a datagram that begins with an IPv6 header has its traffic class as type of service (RFC 6040, RFC 2983).
    package var copiesTrafficClass = false
    /// Where datagrams to each destination leave from; `nil` when the socket or the route says it.
    package var sources: AnsweringAddresses?
    /// Datagrams that the kernel refused, by what it said.
    package private(set) var failures = 0
    /// Datagrams dropped because the socket's send buffer was full.
    package private(set) var overflows = 0
    /// Messages that the kernel did not want to cut, sent as single datagrams after all.
    package private(set) var segmentationRefusals = 0
    /// Whether a flush met an error that was perhaps about an earlier datagram.
    ///
    /// The socket has to be asked then, with ``UDPSocket/takeErrors(_:)``. Whoever does that sets it back.
    package var hasMetError = false
    /// Messages that the kernel cut.
    package private(set) var segmentedMessages = 0

    private let messages: UnsafeMutablePointer<teredo_message>
    private let slots: UnsafeMutablePointer<teredo_slot>
    private let vectors: UnsafeMutablePointer<iovec>
    private let runs: UnsafeMutablePointer<Run>
    private let copies: UnsafeMutablePointer<UInt8>
    private var used = 0
    private let room: Int
    private var vectorCount = 0
    /// For how many flushes nothing is left to the kernel to cut, after it refused.
    private var suspension = 0
    private var nextSuspension = firstSuspension

    /// The datagrams of one message.
    private struct Run {
        var destination = UDPEndpoint(.unspecified, 0)
        var segmentLength = 0
        var octets = 0
        var segments = 0
        /// The type of service.
        var trafficClass = TrafficClass.none
        /// Whether nothing may follow: the last datagram was shorter, or the message has an interface or a time to live of its own.
        var isClosed = false
    }

    private static let vectorCapacity = 2048
    /// What fits into a UDP datagram over IPv4, which bounds a message that the kernel cuts too.
    private static let messageLimit = 65_507
    /// What every kernel with UDP_SEGMENT cuts.
    private static let segmentLimit = 64
    private static let firstSuspension = 16
    private static let longestSuspension = 65_536

    /// Makes a batch with room for copies of `capacity` packets of 1,500 octets, or one of the longest.
    package init(capacity: Int = 64) {
        self.capacity = capacity
        room = max(capacity * 1536, 66_000)
        // One more, for datagrams of a message that the kernel refused to cut.
        unsafe messages = .allocate(capacity: capacity + 1)
        unsafe slots = .allocate(capacity: capacity + 1)
        unsafe vectors = .allocate(capacity: Self.vectorCapacity)
        unsafe runs = .allocate(capacity: capacity)
        unsafe copies = .allocate(capacity: room)
        unsafe slots.initialize(repeating: teredo_slot(), count: capacity + 1)
        unsafe vectors.initialize(repeating: iovec(), count: Self.vectorCapacity)
        unsafe runs.initialize(repeating: Run(), count: capacity)
        unsafe teredo_batch_prepare(messages, slots, UInt32(capacity + 1))
    }

    deinit {
        unsafe messages.deallocate()
        unsafe slots.deallocate()
        unsafe vectors.deallocate()
        unsafe runs.deallocate()
        unsafe copies.deallocate()
    }

    /// Whether the next datagram needs a flush first; `length` counts when it is to be copied.
    package func isFull(forCopyOf length: Int = 0) -> Bool {
        count == capacity || used + length > room || vectorCount + 2 > Self.vectorCapacity
    }

    /// Adds a datagram whose octets stay in `batch`; flush before it is full.
    package func append(_ batch: ReceiveBatch, _ index: Int, to destination: UDPEndpoint) {
        let octets = unsafe batch.octets(index)
        join(destination, unsafe trafficClass(of: octets.baseAddress, octets.count), length: octets.count)
        unsafe add(octets.baseAddress, octets.count)
    }

    /// Adds packets of a super-packet that lies in a batch, from the one of `first` on, and returns the first that did
    /// not fit: flush then and go on with it.
    package func append(_ segmenter: PacketSegmenter, from first: Int, to destination: UDPEndpoint) -> Int {
        var index = first
        while index < segmenter.count, !isFull(forCopyOf: segmenter.headerLength) {
            let header = unsafe UnsafeMutableRawPointer(copies + used)
            unsafe segmenter.writeHeader(of: index, to: unsafe header)
            // Odd lengths would put the next header on an odd address.
            used += (segmenter.headerLength + 7) & ~7
            let payload = unsafe segmenter.octets(of: index)
            let trafficClass = unsafe trafficClass(of: header, segmenter.headerLength)
            join(destination, trafficClass, length: segmenter.headerLength + payload.count)
            unsafe add(header, segmenter.headerLength)
            unsafe add(payload.baseAddress, payload.count)
            index += 1
        }
        return index
    }

    /// Adds a copy of `octets`, sent on `interfaceIndex` and with an IPv4 time to live of its own when given; flush before it is
    /// full.
    package func append(
        copying octets: Span<UInt8>,
        to destination: UDPEndpoint,
        interfaceIndex: Int32 = 0,
        timeToLive: UInt8? = nil
    ) {
        precondition(!isFull(forCopyOf: octets.count), "flush first")
        let target = unsafe copies + used
        unsafe octets.withUnsafeBufferPointer { from in
            if let base = from.baseAddress { unsafe target.update(from: base, count: from.count) }
        }
        used += (octets.count + 7) & ~7
        if interfaceIndex == 0, timeToLive == nil {
            join(destination, unsafe trafficClass(of: target, octets.count), length: octets.count)
        } else {
            begin(
                destination,
                .none,
                length: octets.count,
                interfaceIndex: interfaceIndex,
                timeToLive: timeToLive
            )
        }
        unsafe add(UnsafeMutableRawPointer(target), octets.count)
    }

    /// Makes room for a datagram in the last message, or begins a message.
    private func join(_ destination: UDPEndpoint, _ trafficClass: TrafficClass, length: Int) {
        if usesSegmentation, suspension == 0, count > 0 {
            let run = unsafe runs + count - 1
            if unsafe run.pointee.destination == destination, unsafe !run.pointee.isClosed,
                unsafe run.pointee.trafficClass == trafficClass,
                unsafe length <= run.pointee.segmentLength, unsafe run.pointee.octets + length <= Self.messageLimit,
                unsafe run.pointee.segments < Self.segmentLimit, length > 0
            {
                unsafe run.pointee.octets += length
                unsafe run.pointee.segments += 1
                unsafe run.pointee.isClosed = length < run.pointee.segmentLength
                return
            }
        }
        begin(destination, trafficClass, length: length, interfaceIndex: 0)
    }

    @inline(__always)
    private func trafficClass(of octets: UnsafeRawPointer?, _ length: Int) -> TrafficClass {
        guard copiesTrafficClass, length >= 2, let octets = unsafe octets else { return .none }
        return unsafe TrafficClass(
            ofPacketBeginningWith: octets.load(as: UInt8.self),
            octets.load(fromByteOffset: 1, as: UInt8.self)
        )
    }

    private func begin(
        _ destination: UDPEndpoint,
        _ trafficClass: TrafficClass,
        length: Int,
        interfaceIndex: Int32,
        timeToLive: UInt8? = nil
    ) {
        precondition(count < capacity, "flush first")
        unsafe runs[count] = Run(
            destination: destination,
            segmentLength: length,
            octets: length,
            segments: 1,
            trafficClass: trafficClass,
            isClosed: interfaceIndex != 0 || timeToLive != nil
        )
        unsafe messages[count].msg_hdr.msg_iov = unsafe vectors + vectorCount
        unsafe messages[count].msg_hdr.msg_iovlen = 0
        unsafe teredo_address_message(
            &messages[count],
            destination.address.rawValue,
            destination.port,
            interfaceIndex,
            interfaceIndex == 0 ? source(towards: destination) : 0
        )
        if trafficClass != .none { unsafe teredo_class_message(&messages[count], trafficClass.rawValue) }
        if let timeToLive { unsafe teredo_limit_message(&messages[count], timeToLive) }
        count += 1
    }

    /// The address that a datagram leaves from, 0 when the kernel chooses.
    private func source(towards destination: UDPEndpoint) -> UInt32 {
        sources?.address(for: destination.address)?.rawValue ?? 0
    }

    private func add(_ base: UnsafeMutableRawPointer?, _ length: Int) {
        precondition(vectorCount < Self.vectorCapacity, "flush first")
        unsafe vectors[vectorCount] = iovec(iov_base: base, iov_len: length)
        unsafe messages[count - 1].msg_hdr.msg_iovlen += 1
        vectorCount += 1
    }

    /// Sends everything that was collected.
    ///
    /// An error about one datagram (an ICMP error of an earlier one, an unreachable destination) never stops the
    /// others: it is counted and the datagram is tried once more, then skipped (SEC-38). A message that the kernel does
    /// not want to cut, for want of checksum offload or because of a small MTU, leaves as single datagrams.
    package func flush(to socket: borrowing UDPSocket) {
        var cut = 0
        for index in 0..<count where unsafe runs[index].segments > 1 {
            unsafe teredo_segment_message(&messages[index], UInt16(runs[index].segmentLength))
            cut += 1
        }
        segmentedMessages += cut
        if suspension > 0 { suspension -= 1 }
        let refusals = segmentationRefusals
        var next = 0
        var retried = false
        while next < count {
            let sent = unsafe teredo_send_batch(socket.descriptor, messages + next, UInt32(count - next))
            if sent > 0 {
                next += Int(sent)
                retried = false
                continue
            }
            let error = errno
            if error == EINTR { continue }
            let segments = unsafe runs[next].segments
            if segments > 1, error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP {
                suspend()
                sendSingly(next, to: socket.descriptor)
                next += 1
                retried = false
                continue
            }
            if error != EAGAIN { hasMetError = true }
            if retried {
                count(error, datagrams: segments)
                next += 1
            }
            retried.toggle()
        }
        if cut > 0, segmentationRefusals == refusals { nextSuspension = Self.firstSuspension }
        count = 0
        used = 0
        vectorCount = 0
    }

    private func count(_ error: CInt, datagrams: Int) {
        if error == EAGAIN || error == ENOBUFS { overflows += datagrams } else { failures += datagrams }
    }

    /// Leaves nothing to the kernel to cut for a while, longer each time that it refuses.
    private func suspend() {
        segmentationRefusals += 1
        suspension = nextSuspension
        nextSuspension = min(nextSuspension * 2, Self.longestSuspension)
    }

    /// Sends the datagrams of a message one by one.
    private func sendSingly(_ index: Int, to descriptor: CInt) {
        let spare = unsafe messages + capacity
        let destination = unsafe runs[index].destination
        let segmentLength = unsafe runs[index].segmentLength
        let end = unsafe Int(messages[index].msg_hdr.msg_iovlen)
        var vector = 0
        while vector < end {
            unsafe spare.pointee.msg_hdr.msg_iov = unsafe messages[index].msg_hdr.msg_iov + vector
            var taken = 0
            var octets = 0
            // All but the last are of the same length, so that lengths tell where a datagram ends.
            while vector + taken < end, octets < segmentLength {
                octets += unsafe messages[index].msg_hdr.msg_iov[vector + taken].iov_len
                taken += 1
            }
            unsafe spare.pointee.msg_hdr.msg_iovlen = taken
            unsafe teredo_address_message(
                spare,
                destination.address.rawValue,
                destination.port,
                0,
                source(towards: destination)
            )
            let trafficClass = unsafe runs[index].trafficClass
            if trafficClass != .none { unsafe teredo_class_message(spare, trafficClass.rawValue) }
            var attempts = 0
            while unsafe teredo_send_batch(descriptor, spare, 1) < 1 {
                let error = errno
                if error == EINTR { continue }
                attempts += 1
                if attempts == 2 {
                    count(error, datagrams: 1)
                    break
                }
            }
            vector += taken
        }
    }
}
