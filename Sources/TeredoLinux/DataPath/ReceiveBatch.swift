import CTeredoLinux
import Glibc
package import TeredoWire

/// What is received at once, datagrams of a socket or packets of an interface: one arena of slots with headroom,
/// allocated once.
///
/// The message headers point into the arena from the start; receiving and sending rewrite lengths and addresses only.
/// A slot's octets are also what ``SendBatch`` refers to when a packet is forwarded without copying.
@safe package final class ReceiveBatch {
    /// The number of slots.
    package let capacity: Int
    /// The octets that fit into a slot.
    package let slotLength: Int
    /// The number of slots in use.
    package private(set) var count = 0
    /// Whether every slot is in use: more may wait where these came from.
    package var isFull: Bool { count == capacity }

    private let arena: ZeroedMemory
    private let messages: UnsafeMutablePointer<teredo_message>
    private let slots: UnsafeMutablePointer<teredo_slot>
    private let lengths: UnsafeMutablePointer<Int>
    private let segmentLengths: UnsafeMutablePointer<Int>
    private let classes: UnsafeMutablePointer<UInt8>
    private let destinations: UnsafeMutablePointer<UInt32>
    private var hasVirtualHeaders = false
    /// How many messages the last receive changed.
    private var used = 0
    private let stride: Int

    /// Free octets before each slot, for the header of virtio.
    package static let headroom = 64

    /// Makes an arena; memory is committed only for the pages that datagrams touch.
    package init(capacity: Int = 64, slotLength: Int = 65_600) throws(SystemError) {
        self.capacity = capacity
        self.slotLength = slotLength
        stride = (slotLength + Self.headroom + 63) & ~63
        arena = try ZeroedMemory(count: stride * capacity)
        unsafe messages = .allocate(capacity: capacity)
        unsafe slots = .allocate(capacity: capacity)
        unsafe lengths = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: teredo_slot(), count: capacity)
        unsafe lengths.initialize(repeating: 0, count: capacity)
        unsafe segmentLengths = .allocate(capacity: capacity)
        unsafe segmentLengths.initialize(repeating: 0, count: capacity)
        unsafe classes = .allocate(capacity: capacity)
        unsafe classes.initialize(repeating: 0, count: capacity)
        unsafe destinations = .allocate(capacity: capacity)
        unsafe destinations.initialize(repeating: 0, count: capacity)
        for index in 0..<capacity {
            unsafe slots[index].vector.iov_base = arena.base + index * stride + Self.headroom
            unsafe slots[index].vector.iov_len = slotLength
        }
        unsafe teredo_batch_prepare(messages, slots, UInt32(capacity))
    }

    deinit {
        unsafe messages.deallocate()
        unsafe slots.deallocate()
        unsafe lengths.deallocate()
        unsafe segmentLengths.deallocate()
        unsafe classes.deallocate()
        unsafe destinations.deallocate()
    }

    /// The sender of a received datagram.
    package func source(_ index: Int) -> UDPEndpoint {
        precondition(index < count)
        let address = unsafe slots[index].address
        return UDPEndpoint(
            IPv4Address(rawValue: UInt32(bigEndian: address.sin_addr.s_addr)),
            UInt16(bigEndian: address.sin_port)
        )
    }

    /// Gives `body` the octets of a slot.
    package func withOctets<Result>(_ index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        body(unsafe UnsafeBufferPointer(octets(index).assumingMemoryBound(to: UInt8.self)).span)
    }

    /// Gives `body` the octets of a range in a slot.
    package func withOctets<Result>(_ index: Int, _ range: Range<Int>, _ body: (Span<UInt8>) -> Result) -> Result {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: octets(index)[range])
        return body(unsafe UnsafeBufferPointer(part.assumingMemoryBound(to: UInt8.self)).span)
    }

    /// Whether two packets of one slot are TCP or UDP of the same flow direction: same addresses, next header and hop
    /// limit, nothing but their payload behind the header.
    package func isAlike(_ index: Int, _ first: Range<Int>, _ second: Range<Int>) -> Bool {
        guard first.count >= 40, second.count >= 40 else { return false }
        let octets = unsafe octets(index)
        let one = unsafe UnsafeRawBufferPointer(rebasing: octets[first])
        let other = unsafe UnsafeRawBufferPointer(rebasing: octets[second])
        let length = Int(UInt16(bigEndian: unsafe other.loadUnaligned(fromByteOffset: 4, as: UInt16.self)))
        guard unsafe other[0] >> 4 == 6, length == second.count - 40,
            unsafe other[6] == TransportSegment.tcp || other[6] == TransportSegment.udp
        else { return false }
        // Next header and hop limit, then both addresses.
        guard
            unsafe one.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
                == other.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        else { return false }
        for offset in Swift.stride(from: 8, to: 40, by: 8) {
            guard
                unsafe one.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
        }
        return true
    }

    /// Gives the packet in a range of a slot the traffic class that it has together with that of the datagrams of the slot
    /// (RFC 6040, RFC 2983); returns `false`, and changes nothing, when it has to be dropped.
    ///
    /// Bubbles and whatever begins with something other than an IPv6 header stay as they are: nobody marks them, and they are
    /// not delivered.
    @inline(__always)
    package func adoptTrafficClass(_ index: Int, _ range: Range<Int>) -> Bool {
        precondition(index < count)
        guard range.count >= 2 else { return true }
        let start = unsafe slots[index].vector.iov_base.assumingMemoryBound(to: UInt8.self) + range.lowerBound
        let inner = unsafe TrafficClass(ofPacketBeginningWith: start[0], start[1])
        let outer = unsafe classes[index]
        if outer | inner.rawValue == 0 { return true }
        return unsafe adopt(TrafficClass(rawValue: outer), inner, start, range.count)
    }

    private func adopt(
        _ outer: TrafficClass,
        _ inner: TrafficClass,
        _ packet: UnsafeMutablePointer<UInt8>,
        _ length: Int
    ) -> Bool {
        guard unsafe packet[0] >> 4 == 6, length >= 40, unsafe packet[6] != IPv6Header.NextHeader.none else {
            return true
        }
        guard let combined = inner.decapsulated(from: outer) else { return false }
        unsafe packet[0] = 0x60 | combined.rawValue >> 4
        unsafe packet[1] = combined.rawValue << 4 | packet[1] & 0x0F
        return true
    }

    /// The octets in a slot.
    package func length(_ index: Int) -> Int {
        precondition(index < count)
        return unsafe lengths[index]
    }

    /// The length of each but the last of the datagrams of one sender that share a slot; all of it when there is one.
    package func segmentLength(_ index: Int) -> Int {
        precondition(index < count)
        return unsafe segmentLengths[index]
    }

    /// The octets of a slot in use; good until the batch is filled again.
    func octets(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < count)
        let start = index * stride + Self.headroom
        return unsafe UnsafeMutableRawBufferPointer(start: arena.base + start, count: lengths[index])
    }

    /// What a slot holds that was filled from a TUN interface.
    package func content(_ index: Int) -> TUNContent {
        guard hasVirtualHeaders else { return .packet }
        let octets = unsafe octets(index)
        guard let base = octets.baseAddress else { return .unusable }
        let header = unsafe VirtioNetHeader(UnsafeRawPointer(base - VirtioNetHeader.length))
        if header.segmentation == VirtioNetHeader.Segmentation.none {
            guard header.needsChecksum else { return .packet }
            return unsafe PacketSegmenter.completeChecksum(octets, header) ? .packet : .unusable
        }
        guard let segmenter = unsafe PacketSegmenter(octets, header) else { return .unusable }
        return .superPacket(segmenter)
    }

    /// Fills the batch with what waits on a socket, and notes what address each datagram was sent to when `addresses` is given
    /// and the socket tells it; returns `false` when nothing waited.
    func receive(from descriptor: CInt, noting addresses: AnsweringAddresses? = nil) -> Bool {
        count = 0
        let received = unsafe teredo_receive_batch(descriptor, messages, slots, UInt32(capacity), UInt32(used))
        used = max(0, Int(received))
        guard received > 0 else { return false }
        for index in 0..<Int(received) {
            // A datagram longer than the slot is cut off: it counts as empty, which no parser takes.
            let isWhole = unsafe messages[index].msg_hdr.msg_flags & CInt(MSG_TRUNC) == 0
            let length = isWhole ? Int(unsafe messages[index].msg_len) : 0
            unsafe lengths[index] = length
            let segment = Int(unsafe teredo_received(&messages[index], classes + index, destinations + index))
            unsafe segmentLengths[index] = segment > 0 ? segment : length
        }
        count = Int(received)
        if let addresses { note(in: addresses) }
        return true
    }

    private func note(in addresses: AnsweringAddresses) {
        let now = MonotonicClock.now
        for index in 0..<count {
            let own = IPv4Address(rawValue: unsafe destinations[index])
            if own != .unspecified { addresses.record(own, addressedBy: source(index).address, now: now) }
        }
    }

    /// Fills the batch with packets read one by one from a TUN descriptor; returns `false` when there was none.
    ///
    /// Stops when `octetLimit` octets are there: what is worked on shall still lie in the processor's cache.
    func read(from descriptor: CInt, hasVirtualHeaders: Bool, octetLimit: Int) -> Bool {
        count = 0
        self.hasVirtualHeaders = hasVirtualHeaders
        let header = hasVirtualHeaders ? VirtioNetHeader.length : 0
        var octets = 0
        while count < capacity, octets < octetLimit {
            let start = unsafe slots[count].vector.iov_base - header
            let length = unsafe Glibc.read(descriptor, start, slotLength + header)
            guard length > header else { break }
            unsafe lengths[count] = length - header
            unsafe segmentLengths[count] = length - header
            octets += length
            count += 1
        }
        return count > 0
    }
}
