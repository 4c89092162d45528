import Synchronization
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// When one worker last used each path, and how many octets it moved there where they are counted: the
/// worker writes, the driver reads.
///
/// The counts lie in the cache line that each packet writes anyway.
@safe final class PathActivity: @unchecked Sendable {
    let countsOctets: Bool
    private let memory: ZeroedMemory
    private let words: UnsafeMutablePointer<Atomic<Int64>>
    /// The binary logarithm of the words of a slot.
    private let shift: Int

    private enum Word {
        static let reception = 0
        static let transmission = 1
        static let octetsReceived = 2
        static let octetsSent = 3
    }

    /// Makes notes for a table of `capacity` slots.
    init(capacity: Int, countsOctets: Bool) throws(ServiceError) {
        self.countsOctets = countsOctets
        shift = countsOctets ? 2 : 1
        let count = capacity << shift
        memory = try ServiceError.wrapping { () throws(SystemError) in try ZeroedMemory(count: count * 8) }
        unsafe words = memory.base.bindMemory(to: Atomic<Int64>.self, capacity: count)
    }

    /// Notes a reception.
    func received(_ slot: Int, octets: Int, at time: ProtocolInstant) {
        let base = unsafe words + slot << shift
        unsafe base[Word.reception].store(time.nanoseconds, ordering: .relaxed)
        if countsOctets { unsafe Self.add(octets, to: base + Word.octetsReceived) }
    }

    /// Notes octets that came with a packet that was noted.
    func receivedToo(_ slot: Int, octets: Int) {
        if countsOctets { unsafe Self.add(octets, to: words + slot << shift + Word.octetsReceived) }
    }

    /// Notes a transmission.
    func sent(_ slot: Int, octets: Int, at time: ProtocolInstant) {
        let base = unsafe words + slot << shift
        unsafe base[Word.transmission].store(time.nanoseconds, ordering: .relaxed)
        if countsOctets { unsafe Self.add(octets, to: base + Word.octetsSent) }
    }

    /// When the last packet came in; when the clock began for never.
    func lastReception(_ slot: Int) -> ProtocolInstant { ProtocolInstant(nanoseconds: load(slot, Word.reception)) }

    /// When the last packet went out; when the clock began for never.
    func lastTransmission(_ slot: Int) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: load(slot, Word.transmission))
    }

    /// What was moved through the slot, whichever peers had it.
    func octets(_ slot: Int) -> OctetCount {
        guard countsOctets else { return OctetCount() }
        return OctetCount(
            received: UInt64(bitPattern: load(slot, Word.octetsReceived)),
            sent: UInt64(bitPattern: load(slot, Word.octetsSent))
        )
    }

    private func load(_ slot: Int, _ word: Int) -> Int64 {
        unsafe words[slot << shift + word].load(ordering: .relaxed)
    }

    /// There is one writer: reading and writing need not be one operation.
    private static func add(_ octets: Int, to word: UnsafeMutablePointer<Atomic<Int64>>) {
        unsafe word.pointee.store(word.pointee.load(ordering: .relaxed) &+ Int64(octets), ordering: .relaxed)
    }
}
