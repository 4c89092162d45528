import TeredoHost
import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoService

/// The parts of drivers and their descriptors.
@Suite("Source registry")
struct SourceRegistryTests {
    private static let now = ProtocolInstant(nanoseconds: 0)

    @Test("a descriptor that is ready is served by its part, under the number that the part gave to it")
    func served() throws {
        let registry = try SourceRegistry()
        let parts = [try BellPart("first"), try BellPart("second")]
        for part in parts { try part.watch(registry) }
        #expect(registry.count == 4)
        parts[1].bells[0].ring()
        parts[0].bells[1].ring()
        #expect(try registry.serveOnce(limit: .seconds(5)) == 2)
        #expect(parts.map(\.calls) == [["bell 1"], ["bell 0"]])
        #expect(try registry.serveOnce(limit: .milliseconds(1)) == 0)
    }

    @Test("a descriptor that was removed is served no more, even if it was ready, and the others keep their places")
    func removed() throws {
        let registry = try SourceRegistry()
        let parts = [try BellPart("first"), try BellPart("second")]
        for part in parts { try part.watch(registry) }
        parts[0].bells[0].ring()
        #expect(registry.loop.wait(until: MonotonicClock.now + .seconds(5)) == 1)
        registry.remove(parts[0].bells[0].descriptor)
        try registry.serve(registry.loop.token(0), now: Self.now)
        #expect(parts[0].calls.isEmpty)
        registry.remove(parts[0].bells[0].descriptor)
        #expect(registry.count == 3)

        // Its place goes to the next descriptor.
        let third = try BellPart("third")
        try registry.add(third.bells[0].descriptor, for: third, as: 0)
        third.bells[0].ring()
        parts[1].bells[1].ring()
        #expect(try registry.serveOnce(limit: .seconds(5)) == 2)
        #expect(third.calls == ["bell 0"])
        #expect(parts[1].calls == ["bell 1"])
    }

    @Test("the registry keeps no part: those who wait do")
    func ownership() throws {
        let registry = try SourceRegistry()
        weak var part: BellPart?
        do {
            let owned = try BellPart()
            try owned.watch(registry)
            for bell in owned.bells { registry.remove(bell.descriptor) }
            part = owned
        }
        #expect(part == nil)
        #expect(registry.count == 0)
    }

    @Test("what a part cannot go on with ends the turn")
    func failure() throws {
        let registry = try SourceRegistry()
        let part = try BellPart()
        try part.watch(registry)
        part.failure = ServiceError("gone", remedy: "none")
        part.bells[0].ring()
        #expect(throws: ServiceError.self) { try registry.serveOnce(limit: .seconds(5)) }
    }
}
