import Synchronization
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The direct paths that worker threads may use: one thread writes, all read, nobody waits.
///
/// Each slot has a version that is odd while it is written; a reader that sees it change reads again. The table is open
/// addressing with a secret multiplier; a removed path leaves a mark, and a table full of marks is emptied: what is missing
/// is asked for again.
@safe final class PathTable: @unchecked Sendable {
    /// A path as a worker sees it.
    struct Entry {
        /// The place in the table, for notes about activity.
        let slot: Int
        let endpoint: UDPEndpoint
        let receptionEndpoint: UDPEndpoint
        /// When the peer was last heard of as far as the machine knows.
        let lastReception: ProtocolInstant
    }

    let capacity: Int
    private let memory: ZeroedMemory
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let multiplier: UInt64
    private let offset: UInt64
    /// Slots in use or marked; the writer's alone.
    private var occupied = 0
    private var places: [IPv6Address: Place] = [:]

    /// Where a path is, and since when: notes about the slot from before concern another peer.
    struct Place {
        let slot: Int
        let since: ProtocolInstant
    }

    private enum Word {
        static let version = 0
        static let high = 1
        static let low = 2
        static let endpoint = 3
        static let receptionEndpoint = 4
        static let lastReception = 5
        /// A cache line for each slot.
        static let count = 8
    }

    /// The low half of the address of a removed path; its high half is 0.
    private static let mark: UInt64 = 1

    /// Makes a table for about `limit` paths.
    init(limit: Int, using generator: inout some RandomNumberGenerator) throws(ServiceError) {
        capacity = Self.capacity(limit: limit)
        let octets = capacity * Word.count * 8
        memory = try ServiceError.wrapping { () throws(SystemError) in try ZeroedMemory(count: octets) }
        unsafe words = memory.base.bindMemory(to: Atomic<UInt64>.self, capacity: capacity * Word.count)
        multiplier = UInt64.random(in: .min ... .max, using: &generator) | 1
        offset = UInt64.random(in: .min ... .max, using: &generator)
    }

    /// How many slots a table for about `limit` paths has.
    static func capacity(limit: Int) -> Int {
        var capacity = 64
        while capacity < min(limit, 1 << 20) * 2 { capacity *= 2 }
        return capacity
    }

    // MARK: Readers

    /// The path to a peer.
    func find(_ address: IPv6Address) -> Entry? {
        var slot = hash(address)
        for _ in 0..<capacity {
            let base = unsafe words + slot * Word.count
            let version = unsafe base[Word.version].load(ordering: .acquiring)
            let high = unsafe base[Word.high].load(ordering: .relaxed)
            let low = unsafe base[Word.low].load(ordering: .relaxed)
            let endpoint = unsafe base[Word.endpoint].load(ordering: .relaxed)
            let reception = unsafe base[Word.receptionEndpoint].load(ordering: .relaxed)
            let time = unsafe base[Word.lastReception].load(ordering: .relaxed)
            atomicMemoryFence(ordering: .acquiring)
            guard version & 1 == 0, unsafe base[Word.version].load(ordering: .relaxed) == version else { continue }
            if high == address.high, low == address.low {
                return Entry(
                    slot: slot,
                    endpoint: Self.endpoint(endpoint),
                    receptionEndpoint: Self.endpoint(reception),
                    lastReception: ProtocolInstant(nanoseconds: Int64(bitPattern: time))
                )
            }
            if high == 0, low == 0 { return nil }
            slot = (slot + 1) & (capacity - 1)
        }
        return nil
    }

    // MARK: The writer

    /// The addresses that have paths, with their places.
    var installed: [IPv6Address: Place] { places }

    /// Whether another path empties the table first.
    var isCrowded: Bool { (occupied + 1) * 2 > capacity }

    /// Puts a path in, or replaces the one that is there.
    func set(_ path: DirectPath, for address: IPv6Address, now: ProtocolInstant) {
        if let place = places[address] { return write(address.high, address.low, path, at: place.slot) }
        if isCrowded { removeAll() }
        var slot = hash(address)
        while unsafe words[slot * Word.count + Word.low].load(ordering: .relaxed) != 0
            || words[slot * Word.count + Word.high].load(ordering: .relaxed) != 0
        {
            slot = (slot + 1) & (capacity - 1)
        }
        occupied += 1
        places[address] = Place(slot: slot, since: now)
        write(address.high, address.low, path, at: slot)
    }

    /// Takes a path out.
    func remove(_ address: IPv6Address) {
        guard let place = places.removeValue(forKey: address) else { return }
        write(0, Self.mark, nil, at: place.slot)
    }

    /// Takes all paths out.
    func removeAll() {
        for slot in 0..<capacity
        where unsafe words[slot * Word.count + Word.low].load(ordering: .relaxed) != 0
            || words[slot * Word.count + Word.high].load(ordering: .relaxed) != 0
        {
            write(0, 0, nil, at: slot)
        }
        places = [:]
        occupied = 0
    }

    private func write(_ high: UInt64, _ low: UInt64, _ path: DirectPath?, at slot: Int) {
        let base = unsafe words + slot * Word.count
        let version = unsafe base[Word.version].load(ordering: .relaxed)
        unsafe base[Word.version].store(version &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        unsafe base[Word.high].store(high, ordering: .relaxed)
        unsafe base[Word.low].store(low, ordering: .relaxed)
        unsafe base[Word.endpoint].store(Self.word(path?.endpoint), ordering: .relaxed)
        unsafe base[Word.receptionEndpoint].store(Self.word(path?.receptionEndpoint), ordering: .relaxed)
        let time = UInt64(bitPattern: path?.lastReception.nanoseconds ?? 0)
        unsafe base[Word.lastReception].store(time, ordering: .relaxed)
        unsafe base[Word.version].store(version &+ 2, ordering: .releasing)
    }

    private static func word(_ endpoint: UDPEndpoint?) -> UInt64 {
        guard let endpoint else { return 0 }
        return UInt64(endpoint.address.rawValue) << 16 | UInt64(endpoint.port)
    }

    private static func endpoint(_ word: UInt64) -> UDPEndpoint {
        UDPEndpoint(
            IPv4Address(rawValue: UInt32(truncatingIfNeeded: word >> 16)),
            UInt16(truncatingIfNeeded: word)
        )
    }

    private func hash(_ address: IPv6Address) -> Int {
        let first = (address.high ^ offset).multipliedFullWidth(by: multiplier)
        let second = (address.low ^ first.low ^ first.high).multipliedFullWidth(by: multiplier ^ offset | 1)
        return Int(truncatingIfNeeded: second.high ^ second.low) & (capacity - 1)
    }
}
