import Synchronization
package import TeredoWire

/// Which of this host's addresses each correspondent addressed: datagrams to it leave from that one.
///
/// For sockets that are bound to no address of a host with several uplinks. What the kernel would choose is the source of the
/// route, which a NAT that sent to another address of ours does not let in. All threads share one table; an entry that is in
/// use stays for ``stability``, so that a forged datagram now and then moves nobody who is heard.
@safe package final class AnsweringAddresses: @unchecked Sendable {
    /// How long an entry stays without a datagram to the same address.
    package static let stability: Duration = .seconds(3)

    private static let capacity = 1 << 16
    /// Entries count time in quarters of a second, in 16 bits.
    private static let quarter: Int64 = 250_000_000

    private let memory: ZeroedMemory
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let key: UInt32

    /// Makes an empty table of 512 KiB, committed only where it is used; the generator makes its places unforeseeable.
    package init(using generator: inout some RandomNumberGenerator) throws(SystemError) {
        key = UInt32.random(in: .min ... .max, using: &generator)
        memory = try ZeroedMemory(count: Self.capacity * MemoryLayout<UInt64>.stride)
        unsafe words = memory.base.bindMemory(to: Atomic<UInt64>.self, capacity: Self.capacity)
    }

    /// Notes that a datagram from `remote` came to `local`.
    package func record(_ local: IPv4Address, addressedBy remote: IPv4Address, now: ProtocolInstant) {
        let (place, tag) = place(of: remote)
        let time = UInt16(truncatingIfNeeded: now.nanoseconds / Self.quarter)
        let entry = UInt64(tag) << 48 | UInt64(local.rawValue) << 16 | UInt64(time)
        let known = unsafe words[place].load(ordering: .relaxed)
        if known == entry { return }
        let isSame = known >> 16 == entry >> 16
        let age = time &- UInt16(truncatingIfNeeded: known)
        let isFresh = known != 0 && Int64(age) * Self.quarter <= Self.stability.wholeNanoseconds
        if isSame || !isFresh { unsafe words[place].store(entry, ordering: .relaxed) }
    }

    /// The address of this host that `remote` addressed; `nil` when it is not known: the route decides then.
    package func address(for remote: IPv4Address) -> IPv4Address? {
        let (place, tag) = place(of: remote)
        let known = unsafe words[place].load(ordering: .relaxed)
        guard known != 0, known >> 48 == UInt64(tag) else { return nil }
        return IPv4Address(rawValue: UInt32(truncatingIfNeeded: known >> 16))
    }

    /// Forgets everything: the host has other addresses now.
    package func forget() {
        for place in 0..<Self.capacity where unsafe words[place].load(ordering: .relaxed) != 0 {
            unsafe words[place].store(0, ordering: .relaxed)
        }
    }

    /// Where an address stands, and what tells it from others with the same place: both together are the address mixed, so that
    /// nobody else has both.
    private func place(of remote: IPv4Address) -> (place: Int, tag: UInt16) {
        var value = remote.rawValue ^ key
        value = (value ^ value >> 16) &* 0x85EB_CA6B
        value = (value ^ value >> 13) &* 0xC2B2_AE35
        value ^= value >> 16
        return (Int(value & 0xFFFF), UInt16(value >> 16))
    }
}
