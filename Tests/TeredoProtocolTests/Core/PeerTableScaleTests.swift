import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct PeerTableScaleTests {
    static let start = PeerTableTests.start

    static func table(limit: Int, key: UInt64 = 1) -> PeerTable {
        var generator = SplitMix64(seed: key)
        return PeerTable(limit: limit, using: &generator)
    }

    static func peer(_ number: Int) -> Peer {
        Peer(at: UDPEndpoint(IPv4Address(rawValue: Peer.firstAddress + UInt32(number)), 1).permitted, now: start)
    }

    @Test("A table that grows, shrinks and is copied on the way holds what a dictionary holds")
    func againstDictionary() throws {
        var generator = SplitMix64(seed: 380)
        var table = Self.table(limit: 20_000)
        var reference: [IPv6Address: UInt32] = [:]
        var addresses: [IPv6Address] = []
        var copies: [(table: PeerTable, reference: [IPv6Address: UInt32])] = []
        for step in 0..<120_000 {
            // Two thirds of the insertions come before step 60,000, two thirds of the removals after it.
            let isRemoval = Int.random(in: 0..<3, using: &generator) == (step < 60_000 ? 0 : 1) || step > 90_000
            if isRemoval || table.isFull, !addresses.isEmpty {
                let address = addresses.remove(at: addresses.count - 1 - step % min(addresses.count, 64))
                let index = try #require(table.find(address), "step \(step)")
                try #require(table.remove(index).number == reference.removeValue(forKey: address))
                try #require(table.find(address) == nil)
            } else {
                // Few bits differ, so that hashing has something to do.
                let address = IPv6Address(high: 0x2001_0000 << 32, low: generator.next() & 0xFFFF_FFFF)
                guard table.find(address) == nil else { continue }
                reference[address] = UInt32(step)
                addresses.append(address)
                let index = table.insert(Self.peer(step), for: address)
                if step.isMultiple(of: 5) { table.touch(index) }
            }
            if step.isMultiple(of: 17_001) { copies.append((table, reference)) }
        }
        copies.append((table, reference))
        for copy in copies {
            try #require(copy.table.count == copy.reference.count)
            for (address, number) in copy.reference {
                let index = try #require(copy.table.find(address))
                try #require(copy.table[index].number == number)
            }
            #expect(copy.table.count(of: Array(copy.reference.keys).span) == copy.reference.count)
            let absent = (0..<1000).map { IPv6Address(high: 1, low: UInt64($0)) }
            #expect(absent.allSatisfy { copy.table.find($0) == nil } && copy.table.count(of: absent.span) == 0)
        }
    }

    @Test("No insertion moves more than 16 entries, and at no size above 10,000 does an idle peer cost over 96 octets")
    func growth() throws {
        var table = Self.table(limit: 150_000)
        var moves = 0
        var longest = 0
        for number in 0..<150_000 {
            _ = table.insert(Self.peer(number), for: PeerTableTests.address(number))
            longest = max(longest, table.moves - moves)
            moves = table.moves
            if number >= 10_000 { try #require(table.octets <= 96 * table.count, "at \(table.count)") }
            let earlier = number * 7919 % (number + 1)
            let found = try #require(table.find(PeerTableTests.address(earlier)), "\(earlier) at \(number)")
            try #require(table[found].number == UInt32(earlier))
        }
        #expect(moves > 100_000, "the index did grow")
        #expect(longest == AddressIndex.movingStep)
    }

    /// Addresses as an attacker would choose them: alike but for a few bits.
    static let patterns: [@Sendable (UInt64) -> IPv6Address] = [
        { IPv6Address(high: 0x2001_0000_C000_0201, low: $0) },
        { IPv6Address(high: 0x2001_0000_C000_0201, low: $0 << 40) },
        { IPv6Address(high: 0x2001_0000_0000_0000 | $0, low: 0) },
        { IPv6Address(high: 0x2001_0000_0000_0000 | $0, low: ~($0 << 7)) },
        { number in
            // The bits of the number spread over the whole address.
            (0..<17).reduce(IPv6Address(rawValue: 0)) { address, bit in
                IPv6Address(rawValue: address.rawValue | UInt128(number >> bit & 1) << (bit * 7))
            }
        },
    ]

    @Test("Addresses that differ in few bits do not pile up in the index", arguments: patterns.indices)
    func adversarialAddresses(pattern: Int) {
        var table = Self.table(limit: 100_000, key: 77)
        let addresses = (0..<100_000).map { Self.patterns[pattern]($0) }
        for (number, address) in addresses.enumerated() { _ = table.insert(Self.peer(number), for: address) }
        let longest = addresses.map { table.probeLength(of: $0) }.max() ?? 0
        #expect(longest <= 8, "groups of the index")
    }

    @Test("Two keys place addresses differently")
    func keys() {
        let first = Self.table(limit: 10, key: 1)
        let second = Self.table(limit: 10, key: 2)
        let addresses = (0..<1000).map(PeerTableTests.address)
        let near = addresses.count { abs(first.placement(of: $0) - second.placement(of: $0)) < 0.01 }
        // Of unrelated places 2 % are as near as that.
        #expect(near < 60)
        #expect(Set(addresses.map { Int(first.placement(of: $0) * 16) }).count == 16)
    }

    @Test("Copies of a table are independent, also in the middle of a growth")
    func copies() throws {
        var table = Self.table(limit: 5000)
        for number in 0..<2400 { _ = table.insert(Self.peer(number), for: PeerTableTests.address(number)) }
        let original = table
        var copy = table
        for number in 0..<1200 { copy.remove(try #require(copy.find(PeerTableTests.address(number)))) }
        for number in 2400..<5000 { _ = table.insert(Self.peer(number), for: PeerTableTests.address(number)) }
        let changed = try #require(table.find(PeerTableTests.address(7)))
        table[changed].lastTransmission = Self.start + .seconds(1)
        table[changed].updateExchange { $0.countAttempt() }
        for number in 0..<5000 {
            let address = PeerTableTests.address(number)
            try #require((original.find(address) != nil) == (number < 2400))
            try #require((copy.find(address) != nil) == (1200..<2400).contains(number))
            try #require(table.find(address) != nil)
        }
        let unchanged = try #require(original.find(PeerTableTests.address(7)))
        #expect(original[unchanged].lastTransmission < Self.start && original[unchanged].exchange == nil)
    }

    @Test("An entry that had no room in its group is found while the table grows, though others of the group are gone")
    func removalWhileGrowing() throws {
        var table = Self.table(limit: 5000)
        for number in 0..<2300 { _ = table.insert(Self.peer(number), for: PeerTableTests.address(number)) }
        // 2304 entries fill the table of 4096 words to 9/16; after 128 more the words begin to move.
        for size in stride(from: 2300, to: 2600, by: 10) {
            for number in size..<size + 10 { _ = table.insert(Self.peer(number), for: PeerTableTests.address(number)) }
            var copy = table
            for number in stride(from: 0, to: size, by: 2) {
                copy.remove(try #require(copy.find(PeerTableTests.address(number))))
            }
            for number in stride(from: 1, to: size, by: 2) {
                try #require(copy.find(PeerTableTests.address(number)) != nil, "\(number) of \(size)")
            }
        }
    }

    @Test("A sweep shows every entry once a round, and no removed one")
    func sweep() throws {
        var table = Self.table(limit: 100)
        for number in 0..<100 { _ = table.insert(Self.peer(number), for: PeerTableTests.address(number)) }
        for number in 40..<60 { table.remove(try #require(table.find(PeerTableTests.address(number)))) }
        var seen: [UInt32] = []
        for _ in 0..<10 { table.sweep(10) { seen.append($0.number) } }
        #expect(seen.sorted() == (0..<100).filter { !(40..<60).contains($0) })
    }
}

extension Peer {
    /// The address of the peer with the number 0.
    fileprivate static let firstAddress: UInt32 = 0x0800_0000

    /// Which peer of these tests it is, by its address.
    fileprivate var number: UInt32 { endpoint.address.rawValue &- Self.firstAddress }
}
