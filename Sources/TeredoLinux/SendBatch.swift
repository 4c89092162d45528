import CTeredoLinux
import Glibc
package import TeredoWire

/// Datagrams on their way out: collected while a batch is worked on, sent with one call.
///
/// Octets are either copied in, or referred to where they lie in a ``DatagramBatch``, which must then not be filled
/// again before ``flush(to:)``.
@safe package final class SendBatch {
    /// The number of datagrams that fit before a flush is due.
    package let capacity: Int
    /// The number of datagrams collected.
    package private(set) var count = 0
    /// Datagrams that the kernel refused, by what it said.
    package private(set) var failures = 0
    /// Datagrams dropped because the socket's send buffer was full.
    package private(set) var overflows = 0

    private let messages: UnsafeMutablePointer<teredo_message>
    private let slots: UnsafeMutablePointer<teredo_slot>
    private let copies: UnsafeMutablePointer<UInt8>
    private var used = 0
    private let room: Int

    /// Makes a batch with room for copies of `capacity` packets of 1,500 octets, or one of the longest.
    package init(capacity: Int = 64) {
        self.capacity = capacity
        room = max(capacity * 1536, 66_000)
        unsafe messages = .allocate(capacity: capacity)
        unsafe slots = .allocate(capacity: capacity)
        unsafe copies = .allocate(capacity: room)
        unsafe slots.initialize(repeating: teredo_slot(), count: capacity)
        unsafe teredo_batch_prepare(messages, slots, UInt32(capacity))
    }

    deinit {
        unsafe messages.deallocate()
        unsafe slots.deallocate()
        unsafe copies.deallocate()
    }

    /// Whether the next datagram needs a flush first; `length` counts when it is to be copied.
    package func isFull(forCopyOf length: Int = 0) -> Bool { count == capacity || used + length > room }

    /// Adds a datagram whose octets stay in `batch`; flush before it is full.
    package func append(_ batch: DatagramBatch, _ index: Int, to destination: UDPEndpoint) {
        let octets = unsafe batch.octets(index)
        unsafe add(
            UnsafeMutableRawPointer(mutating: octets.baseAddress),
            octets.count,
            destination,
            source: nil,
            interfaceIndex: 0
        )
    }

    /// Adds a copy of `octets`, sent from `source` and on `interfaceIndex` when given; flush before it is full.
    package func append(
        copying octets: Span<UInt8>,
        to destination: UDPEndpoint,
        from source: IPv4Address? = nil,
        interfaceIndex: Int32 = 0
    ) {
        precondition(!isFull(forCopyOf: octets.count), "flush first")
        let target = unsafe copies + used
        unsafe octets.withUnsafeBufferPointer { from in
            if let base = from.baseAddress { unsafe target.update(from: base, count: from.count) }
        }
        used += octets.count
        unsafe add(
            UnsafeMutableRawPointer(target),
            octets.count,
            destination,
            source: source,
            interfaceIndex: interfaceIndex
        )
    }

    private func add(
        _ base: UnsafeMutableRawPointer?,
        _ length: Int,
        _ destination: UDPEndpoint,
        source: IPv4Address?,
        interfaceIndex: Int32
    ) {
        precondition(count < capacity, "flush first")
        unsafe slots[count].vector.iov_base = unsafe base
        unsafe slots[count].vector.iov_len = length
        unsafe teredo_address_message(
            &messages[count],
            destination.address.rawValue,
            destination.port,
            source?.rawValue ?? 0,
            interfaceIndex
        )
        count += 1
    }

    /// Sends everything that was collected.
    ///
    /// An error about one datagram (an ICMP error of an earlier one, an unreachable destination) never stops the
    /// others: it is counted and the datagram is tried once more, then skipped (SEC-38).
    package func flush(to socket: borrowing UDPSocket) {
        var next = 0
        var retried = false
        while next < count {
            let sent = unsafe teredo_send_batch(socket.descriptor, messages + next, UInt32(count - next))
            if sent > 0 {
                next += Int(sent)
                retried = false
                continue
            }
            if errno == EINTR { continue }
            if retried {
                if errno == EAGAIN || errno == ENOBUFS { overflows += 1 } else { failures += 1 }
                next += 1
            }
            retried.toggle()
        }
        count = 0
        used = 0
    }
}
