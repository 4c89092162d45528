import CTeredoLinux
import Glibc
package import TeredoWire

/// Room for a batch of datagrams or packets: one arena of slots with headroom, allocated once.
///
/// The message headers point into the arena from the start; receiving and sending rewrite lengths and addresses only.
/// A slot's octets are also what ``SendBatch`` refers to when a packet is forwarded without copying.
@safe package final class DatagramBatch {
    /// The number of slots.
    package let capacity: Int
    /// The octets that fit into a slot.
    package let slotLength: Int
    /// The number of slots in use.
    package private(set) var count = 0

    private let arena: UnsafeMutableRawBufferPointer
    private let messages: UnsafeMutablePointer<teredo_message>
    private let slots: UnsafeMutablePointer<teredo_slot>
    private let lengths: UnsafeMutablePointer<Int>
    private let stride: Int

    /// Free octets before each slot, for headers that a later offload puts there.
    package static let headroom = 64

    /// Makes an arena; memory is committed only for the pages that datagrams touch.
    package init(capacity: Int = 64, slotLength: Int = 65_536) throws(SystemError) {
        self.capacity = capacity
        self.slotLength = slotLength
        stride = (slotLength + Self.headroom + 63) & ~63
        let total = stride * capacity
        let memory = unsafe mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError("mmap", "\(total) octets of packet buffers")
        }
        unsafe arena = UnsafeMutableRawBufferPointer(start: memory, count: total)
        unsafe messages = .allocate(capacity: capacity)
        unsafe slots = .allocate(capacity: capacity)
        unsafe lengths = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: teredo_slot(), count: capacity)
        unsafe lengths.initialize(repeating: 0, count: capacity)
        for index in 0..<capacity {
            unsafe slots[index].vector.iov_base = memory + index * stride + Self.headroom
            unsafe slots[index].vector.iov_len = slotLength
        }
        unsafe teredo_batch_prepare(messages, slots, UInt32(capacity))
    }

    deinit {
        unsafe munmap(arena.baseAddress, arena.count)
        unsafe messages.deallocate()
        unsafe slots.deallocate()
        unsafe lengths.deallocate()
    }

    /// Where a datagram came from and what it was sent to.
    package struct Envelope: Hashable, Sendable {
        /// The sender.
        package let source: UDPEndpoint
        /// The local address that it was sent to.
        package let destination: IPv4Address
        /// The interface that it came in on.
        package let interfaceIndex: Int32
    }

    /// The envelope of a received datagram.
    package func envelope(_ index: Int) -> Envelope {
        precondition(index < count)
        var interfaceIndex: Int32 = 0
        let destination = unsafe teredo_packet_info(&messages[index], &interfaceIndex)
        let address = unsafe slots[index].address
        return Envelope(
            source: UDPEndpoint(
                IPv4Address(rawValue: UInt32(bigEndian: address.sin_addr.s_addr)),
                UInt16(bigEndian: address.sin_port)
            ),
            destination: IPv4Address(rawValue: destination),
            interfaceIndex: interfaceIndex
        )
    }

    /// Gives `body` the octets of a slot.
    package func withOctets<Result>(_ index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        body(unsafe octets(index).span)
    }

    /// The octets of a slot in use; good until the batch is filled again.
    func octets(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(index < count)
        let start = index * stride + Self.headroom
        let slot = unsafe UnsafeRawBufferPointer(rebasing: arena[start..<start + lengths[index]])
        return unsafe slot.assumingMemoryBound(to: UInt8.self)
    }

    /// Fills the batch with what waits on a socket; returns `false` when nothing did.
    func receive(from descriptor: CInt) -> Bool {
        count = 0
        let received = unsafe teredo_receive_batch(descriptor, messages, slots, UInt32(capacity), slotLength)
        guard received > 0 else { return false }
        for index in 0..<Int(received) {
            // A datagram longer than the slot is cut off: it counts as empty, which no parser takes.
            let isWhole = unsafe messages[index].msg_hdr.msg_flags & CInt(MSG_TRUNC) == 0
            unsafe lengths[index] = isWhole ? Int(unsafe messages[index].msg_len) : 0
        }
        count = Int(received)
        return true
    }

    /// Fills the batch with packets read one by one from a TUN descriptor; returns `false` when there was none.
    func read(from descriptor: CInt) -> Bool {
        count = 0
        while count < capacity {
            let length = unsafe Glibc.read(descriptor, slots[count].vector.iov_base, slotLength)
            guard length > 0 else { break }
            unsafe lengths[count] = length
            count += 1
        }
        return count > 0
    }
}
