import TeredoWire

/// One place for a peer: a cache line.
struct PeerSlot: Sendable {
    var address: IPv6Address
    var peer: Peer
    var links: PeerLinks
}

/// The memory of a peer table: slots in chunks of 64 KiB that are allocated when they are needed and never move.
///
/// A class, because it owns memory that is not moved or counted for a packet. The table copies it before a change when a
/// copy of the table shares it. Numbers of slots come from the table only, which gives out none beyond ``count``.
@safe final class PeerSlots: @unchecked Sendable {
    private static let chunkBits: UInt32 = 10
    private static let chunkLength = 1 << Int(chunkBits)

    private let limit: Int
    private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<PeerSlot>>
    /// How many slots were used so far.
    private(set) var count = 0

    /// Memory for at most `limit` slots, of which nothing is allocated yet.
    init(limit: Int) {
        self.limit = limit
        unsafe chunks = .allocate(capacity: Self.chunks(for: limit))
    }

    deinit {
        for chunk in 0..<Self.chunks(for: count) {
            let used = min(Self.chunkLength, count - chunk * Self.chunkLength)
            unsafe UnsafeMutableRawPointer(chunks[chunk].deinitialize(count: used)).deallocate()
        }
        unsafe chunks.deallocate()
    }

    private static func chunks(for slots: Int) -> Int { (slots + chunkLength - 1) / chunkLength }

    /// The octets of the chunks and their directory.
    var octets: Int {
        Self.chunks(for: count) * Self.chunkLength * MemoryLayout<PeerSlot>.stride
            + Self.chunks(for: limit) * MemoryLayout<Int>.stride
    }

    @inline(__always)
    private func pointer(_ slot: UInt32) -> UnsafeMutablePointer<PeerSlot> {
        unsafe chunks[Int(slot &>> Self.chunkBits)] + Int(slot & UInt32(Self.chunkLength - 1))
    }

    /// The address in a slot: what a look-up compares.
    @inline(__always)
    func address(_ slot: UInt32) -> IPv6Address { unsafe pointer(slot).pointee.address }

    /// What a slot holds: where it lies, because an accessor that yields may allocate its frame for every packet.
    @inline(__always)
    subscript(slot: UInt32) -> PeerSlot {
        unsafeAddress { unsafe UnsafePointer(pointer(slot)) }
        unsafeMutableAddress { unsafe pointer(slot) }
    }

    /// Where the peer of a slot lies.
    @inline(__always)
    func peer(_ slot: UInt32) -> UnsafeMutablePointer<Peer> {
        unsafe withUnsafeMutablePointer(to: &pointer(slot).pointee.peer) { unsafe $0 }
    }

    /// A slot that was never used before.
    func append(_ slot: PeerSlot) -> UInt32 {
        precondition(count < limit, "a slot for every entry")
        if count % Self.chunkLength == 0 {
            let size = Self.chunkLength * MemoryLayout<PeerSlot>.stride
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            unsafe chunks[count / Self.chunkLength] = memory.bindMemory(to: PeerSlot.self, capacity: Self.chunkLength)
        }
        let number = UInt32(count)
        unsafe pointer(number).initialize(to: slot)
        count += 1
        return number
    }

    /// The same slots, in the same places, with room for another number of them; nothing is left here.
    func succeeded(byLimit limit: Int) -> PeerSlots {
        let successor = PeerSlots(limit: max(limit, count))
        for chunk in 0..<Self.chunks(for: count) { unsafe successor.chunks[chunk] = chunks[chunk] }
        successor.count = count
        count = 0
        return successor
    }

    /// Other memory with the same content.
    func copy() -> PeerSlots {
        let copy = PeerSlots(limit: limit)
        for slot in 0..<UInt32(count) { _ = copy.append(self[slot]) }
        return copy
    }
}
