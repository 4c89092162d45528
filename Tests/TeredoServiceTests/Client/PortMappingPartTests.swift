import Foundation
import Logging
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoWire
import Testing

@testable import TeredoService

/// The part of a client that has a router forward its port.
@Suite("Port mapping of a client")
struct PortMappingPartTests {
    /// A part with a router, a clock, and another part in the same event loop.
    private final class Bench {
        let registry: SourceRegistry
        let router: LoopbackRouter
        let part: PortMappingPart
        let neighbor: BellPart
        var now = ProtocolInstant(nanoseconds: 1_000_000_000)
        /// What the part told the machine.
        var reports: [UDPEndpoint?] = []
        var isWanted = true
        /// Where the server sees the service port.
        var seen: UDPEndpoint?
        /// How many times the service port was changed, and whether it may be.
        var changes = 0
        var mayChange = true
        private let path = FileManager.default.temporaryDirectory.path + "/part-\(UUID().uuidString).sock"

        init() throws {
            registry = try SourceRegistry()
            router = try LoopbackRouter()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let records = MappingRecordFile(stateFile: nil, controlSocketPath: path, logger: logger)
            part = PortMappingPart(records, registry, logger: logger)
            neighbor = try BellPart()
            try neighbor.watch(registry)
            part.report = { [unowned self] in reports.append($0) }
            part.observed = { [unowned self] in seen }
            part.changePort = { [unowned self] in
                changes += mayChange ? 1 : 0
                return mayChange
            }
            part.request = { [unowned self] in
                guard isWanted else { return nil }
                let local = UDPEndpoint(IPv4Address(127, 0, 0, 1), 40_000)
                return PortMappingRequest(gateway: router.address, local: local, protocols: [.natPMP])
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: MappingRecordFile.path(beside: path)) }

        /// Serves what came in, the router's answers included, until nothing is left.
        func settle(isSilent: Bool = false) throws {
            repeat {
                router.serve(isSilent: isSilent)
            } while try registry.serveOnce(limit: .milliseconds(20), now: now) > 0
        }

        func map() throws {
            part.beginElsewhere(now: now)
            try settle()
            try #require(part.active?.mapping != nil)
        }
    }

    private static let mapped = UDPEndpoint(LoopbackRouter.external, 40_000)

    @Test("while a silent router is asked to remove a mapping, other parts are served and nothing spins")
    func others() throws {
        let bench = try Bench()
        try bench.map()
        #expect(bench.reports == [nil, Self.mapped])
        bench.part.replace(now: bench.now)
        #expect(bench.part.isRemoving)
        #expect(bench.part.active == nil)
        #expect(bench.reports == [nil, Self.mapped, nil], "the machine does not count on it from now on")
        try bench.settle(isSilent: true)
        #expect(bench.router.lifetimes == [7200, 0])

        bench.neighbor.bells[0].ring()
        #expect(try bench.registry.serveOnce(limit: .seconds(5)) == 1)
        #expect(bench.neighbor.calls == ["bell 0"])
        #expect(try bench.registry.serveOnce(limit: .milliseconds(20)) == 0)
        #expect(bench.part.isRemoving)
        #expect(bench.part.nextTimeout == bench.now + .milliseconds(500))
    }

    @Test("after the half second that a silent router has, the next mapping is asked for")
    func patience() throws {
        let bench = try Bench()
        try bench.map()
        bench.part.replace(now: bench.now)
        try bench.settle(isSilent: true)
        bench.now = try #require(bench.part.nextTimeout)
        bench.part.handleTimeout(now: bench.now)
        #expect(!bench.part.isRemoving)
        try bench.settle()
        #expect(bench.router.lifetimes == [7200, 0, 7200])
        #expect(bench.part.active?.mapping?.external == Self.mapped)
        #expect(bench.reports.last == Self.mapped)
        #expect(bench.registry.count == 4, "two descriptors each: those of the first mapping are gone")
    }

    @Test("a router that answers at once is asked for the next mapping at once, in this order")
    func answered() throws {
        let bench = try Bench()
        try bench.map()
        bench.part.replace(now: bench.now)
        try bench.settle()
        #expect(!bench.part.isRemoving)
        #expect(bench.router.lifetimes == [7200, 0, 7200])
        #expect(bench.part.active?.mapping?.external == Self.mapped)
    }

    @Test("a mapping that is not wanted any more is removed and no other one asked for")
    func unwanted() throws {
        let bench = try Bench()
        try bench.map()
        bench.isWanted = false
        bench.part.replace(now: bench.now)
        try bench.settle()
        #expect(bench.router.lifetimes == [7200, 0])
        #expect(!bench.part.isRemoving && bench.part.nextTimeout == nil)
        #expect(bench.registry.count == 2)
    }

    @Test("another network meanwhile begins anew at once: the old router is out of reach")
    func otherNetwork() throws {
        let bench = try Bench()
        try bench.map()
        bench.part.replace(now: bench.now)
        try bench.settle(isSilent: true)
        bench.part.beginElsewhere(now: bench.now)
        #expect(!bench.part.isRemoving)
        try bench.settle()
        #expect(bench.router.lifetimes == [7200, 0, 7200])
        #expect(bench.registry.count == 4)
    }

    @Test("a port that the server sees elsewhere is changed once on each way, unless it has to stay")
    func seenElsewhere() throws {
        for mayChange in [true, false] {
            let bench = try Bench()
            bench.mayChange = mayChange
            try bench.map()
            bench.part.finishTurn(now: bench.now)
            bench.seen = Self.mapped
            bench.part.finishTurn(now: bench.now)
            #expect(bench.changes == 0)
            for port in 1...3 as ClosedRange<UInt16> {
                bench.seen = UDPEndpoint(LoopbackRouter.external, port)
                bench.part.finishTurn(now: bench.now)
                try bench.settle()
                #expect(bench.part.active?.mapping != nil)
            }
            #expect(bench.changes == (mayChange ? 1 : 0))
            #expect(bench.router.lifetimes == (mayChange ? [7200, 7200] : [7200]))
            bench.part.beginElsewhere(now: bench.now)
            try bench.settle()
            bench.part.finishTurn(now: bench.now)
            #expect(bench.changes == (mayChange ? 2 : 0))
        }
    }

    @Test("at the end nothing is asked for again, also when a change was under way")
    func end() throws {
        let bench = try Bench()
        try bench.map()
        bench.part.replace(now: bench.now)
        bench.part.end(now: bench.now)
        #expect(bench.part.isRemoving)
        bench.now = try #require(bench.part.nextTimeout)
        bench.part.handleTimeout(now: bench.now)
        #expect(!bench.part.isRemoving)
        #expect(bench.registry.count == 2)

        bench.part.end(now: bench.now)
        #expect(!bench.part.isRemoving, "without a mapping there is nothing to wait for")
    }
}
