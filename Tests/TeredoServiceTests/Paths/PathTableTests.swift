import Synchronization
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoService

@Suite struct PathTableTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000)

    private static func path(_ number: UInt16) -> DirectPath {
        let address = IPv4Address(rawValue: 0x0800_0000 | UInt32(number))
        return DirectPath(
            endpoint: UDPEndpoint(address, number),
            receptionEndpoint: UDPEndpoint(address, number &+ 1),
            lastReception: now
        )
    }

    private static func address(_ number: Int) -> IPv6Address {
        IPv6Address(high: 0x2001_0000_C000_0201, low: UInt64(number))
    }

    private static func table(limit: Int = 64) throws -> PathTable {
        var generator = SplitMix64(seed: 7)
        return try PathTable(limit: limit, using: &generator)
    }

    @Test("A path is found as it was put in, until it is replaced or taken out")
    func lifecycle() throws {
        let table = try Self.table()
        #expect(table.find(Self.address(0)) == nil)
        table.set(Self.path(5), for: Self.address(0), now: Self.now)
        let entry = try #require(table.find(Self.address(0)))
        #expect(entry.endpoint == Self.path(5).endpoint && entry.receptionEndpoint == Self.path(5).receptionEndpoint)
        #expect(entry.lastReception == Self.now)
        table.set(Self.path(6), for: Self.address(0), now: Self.now)
        #expect(table.find(Self.address(0))?.endpoint == Self.path(6).endpoint)
        table.remove(Self.address(0))
        #expect(table.find(Self.address(0)) == nil && table.installed.isEmpty)
    }

    @Test("Any sequence of changes leaves what a dictionary would have, or less", arguments: 0..<8)
    func model(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let table = try Self.table(limit: 200)
        var model: [Int: UInt16] = [:]
        for _ in 0..<20_000 {
            let number = Int.random(in: 0..<300, using: &generator)
            if Bool.random(using: &generator) {
                let value = UInt16.random(in: 1..<60_000, using: &generator)
                table.set(Self.path(value), for: Self.address(number), now: Self.now)
                model[number] = value
            } else {
                table.remove(Self.address(number))
                model[number] = nil
            }
            // A table that is full of marks was emptied: what is missing is asked for again.
            for known in model.keys where table.installed[Self.address(known)] == nil { model[known] = nil }
            let probe = Int.random(in: 0..<300, using: &generator)
            #expect(table.find(Self.address(probe))?.endpoint.port == model[probe])
        }
    }

    @Test("A reader never sees half of a change")
    func readers() throws {
        let table = try Self.table()
        let isDone = Atomic<Bool>(false)
        let torn = Atomic<Int>(0)
        let seen = Atomic<Int>(0)
        let threads = try (0..<2).map { number in
            try WorkerThread(name: "reader-\(number)") {
                while !isDone.load(ordering: .acquiring) {
                    guard let entry = table.find(Self.address(1)) else { continue }
                    seen.add(1, ordering: .relaxed)
                    let isWhole =
                        entry.receptionEndpoint.port == entry.endpoint.port &+ 1
                        && entry.endpoint.address.rawValue & 0xFFFF == UInt32(entry.endpoint.port)
                    if !isWhole { torn.add(1, ordering: .relaxed) }
                }
            }
        }
        for round in 0..<200_000 {
            table.set(Self.path(UInt16(truncatingIfNeeded: round)), for: Self.address(1), now: Self.now)
            if round.isMultiple(of: 1000) { table.remove(Self.address(1)) }
        }
        isDone.store(true, ordering: .releasing)
        for thread in threads { thread.join() }
        #expect(torn.load(ordering: .relaxed) == 0)
        #expect(seen.load(ordering: .relaxed) > 0)
    }
}
