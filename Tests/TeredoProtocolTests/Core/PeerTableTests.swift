import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct PeerTableTests {
    static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    static func table(limit: Int) -> PeerTable {
        var generator = SplitMix64(seed: 1)
        return PeerTable(limit: limit, using: &generator)
    }

    static func address(_ number: Int) -> IPv6Address { IPv6Address(high: 0x2001_0000 << 32, low: UInt64(number)) }

    /// An entry whose port tells it from others.
    static func peer(_ port: Int, trusted: Bool = false) -> Peer {
        let endpoint = UDPEndpoint(IPv4Address(8, 0, 0, 1), UInt16(truncatingIfNeeded: port))
        var peer = Peer(at: endpoint.permitted, now: start)
        peer.isTrusted = trusted
        return peer
    }

    /// The table in its plainest form: a dictionary, and the order of use of each kind.
    struct Reference {
        var ports: [Int: Int] = [:]
        var order: [Bool: [Int]] = [false: [], true: []]

        mutating func append(_ number: Int, trusted: Bool) { order[trusted, default: []].append(number) }

        mutating func unlink(_ number: Int) {
            order[false]?.removeAll { $0 == number }
            order[true]?.removeAll { $0 == number }
        }
    }

    @Test("What is inserted into a copy is not in the table that it was copied from")
    func insertionIntoCopy() throws {
        var table = Self.table(limit: 8)
        _ = table.insert(Self.peer(1), for: Self.address(1))
        // The next entry of both has the same place.
        table.remove(table.insert(Self.peer(9), for: Self.address(9)))
        var copy = table
        _ = copy.insert(Self.peer(2), for: Self.address(2))
        #expect(table.indices.map(table.address) == [Self.address(1)] && copy.indices.count == 2)
        #expect(table.find(Self.address(2)) == nil && copy.find(Self.address(2)) != nil)
        _ = table.insert(Self.peer(3), for: Self.address(3))
        let (third, second) = (try #require(table.find(Self.address(3))), try #require(copy.find(Self.address(2))))
        #expect(table[third].endpoint.port == 3 && copy[second].endpoint.port == 2)
        #expect(copy.find(Self.address(3)) == nil)
    }

    @Test("50,000 random operations leave the same entries in the same order as a dictionary and two lists")
    func againstReference() throws {
        var generator = SplitMix64(seed: 2001)
        var table = Self.table(limit: 200)
        var reference = Reference()
        for step in 0..<50_000 {
            let number = Int.random(in: 0..<400, using: &generator)
            let found = table.find(Self.address(number))
            try #require((found != nil) == (reference.ports[number] != nil), "step \(step)")
            if let found { try #require(Int(table[found].endpoint.port) == reference.ports[number]) }
            switch (Int.random(in: 0..<4, using: &generator), found) {
            case (0, let found?):
                table.remove(found)
                reference.ports[number] = nil
                reference.unlink(number)
            case (1, let found?):
                let trusted = Bool.random(using: &generator)
                table[found].isTrusted = trusted
                table.touch(found)
                reference.unlink(number)
                reference.append(number, trusted: trusted)
            case (_, nil):
                if table.isFull {
                    let victim = try #require(table.candidateForEviction(now: Self.start))
                    let expected = try #require(reference.order[false]?.first ?? reference.order[true]?.first)
                    try #require(table.address(of: victim) == Self.address(expected), "step \(step)")
                    table.remove(victim)
                    reference.ports[expected] = nil
                    reference.unlink(expected)
                }
                let trusted = step.isMultiple(of: 3)
                _ = table.insert(Self.peer(step & 0xFFFF, trusted: trusted), for: Self.address(number))
                reference.ports[number] = step & 0xFFFF
                reference.append(number, trusted: trusted)
            default: break
            }
            try #require(table.count == reference.ports.count && table.isFull == (table.count == 200))
            try #require(table.trustedCount == reference.order[true]?.count)
            try #require(table.untrustedCount == reference.order[false]?.count)
        }
        #expect(table.indices.count == reference.ports.count)
        for (number, port) in reference.ports {
            let found = try #require(table.find(Self.address(number)))
            #expect(Int(table[found].endpoint.port) == port)
        }
    }

    @Test("SEC-30: untrusted entries go first, oldest first, then trusted ones without traffic; active ones never")
    func evictionOrder() throws {
        var table = Self.table(limit: 4)
        for number in 0..<4 {
            _ = table.insert(Self.peer(number, trusted: number.isMultiple(of: 2)), for: Self.address(number))
        }
        let first = try #require(table.find(Self.address(1)))
        table.touch(first)
        var evicted: [IPv6Address] = []
        while let victim = table.candidateForEviction(now: Self.start) {
            evicted.append(table.address(of: victim))
            table.remove(victim)
        }
        #expect(evicted == [3, 1, 0, 2].map(Self.address))
        for number in 0..<4 {
            var peer = Self.peer(number, trusted: true)
            peer.lastReception = Self.start
            _ = table.insert(peer, for: Self.address(number))
        }
        #expect(table.candidateForEviction(now: Self.start + .milliseconds(29_999)) == nil)
        let late = try #require(table.candidateForEviction(now: Self.start + .seconds(30)))
        #expect(table.address(of: late) == Self.address(0))
    }

    @Test("A ticket finds its entry, and nothing once the entry was removed or its slot used again")
    func tickets() throws {
        var table = Self.table(limit: 2)
        let entry = table.insert(Self.peer(1), for: Self.address(1))
        let ticket = table.ticket(for: entry)
        #expect(table.find(ticket) == entry)
        table.remove(entry)
        #expect(table.find(ticket) == nil)
        let next = table.insert(Self.peer(2), for: Self.address(2))
        #expect(next == entry, "the slot is used again")
        #expect(table.find(ticket) == nil)
        #expect(table.find(table.ticket(for: next)) == next)
    }

    @Test("Removing gives the entry back, and the oldest of each list is known")
    func removal() throws {
        var table = Self.table(limit: 8)
        let later = Self.start + .seconds(600)
        #expect(table.oldestUntrusted == nil && table.stale(after: .zero, now: later) == nil)
        for number in 0..<4 { _ = table.insert(Self.peer(number, trusted: number > 1), for: Self.address(number)) }
        #expect(table.address(of: try #require(table.oldestUntrusted)) == Self.address(0))
        #expect(table.stale(after: .seconds(700), now: later) == nil, "used 630 s ago")
        let untrusted = try #require(table.stale(after: .seconds(630), now: later))
        #expect(table.address(of: untrusted) == Self.address(0))
        table[untrusted].updateExchange { $0.wait(until: later) }
        let trusted = try #require(table.stale(after: .seconds(630), now: later), "the other is under way")
        #expect(table.address(of: trusted) == Self.address(2))
        #expect(table.remove(try #require(table.find(Self.address(3)))).endpoint.port == 3)
        #expect(table.find(Self.address(3)) == nil && table.count == 3)
    }
}
