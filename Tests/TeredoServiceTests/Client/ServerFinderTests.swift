import Logging
import TeredoProtocol
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoService

/// How a client finds its servers.
@Suite("Finding servers")
struct ServerFinderTests {
    private let address = IPv4Address(192, 0, 2, 1)
    /// A name that is resolved without asking anybody.
    private let name = ServerName.name("198.51.100.9")
    private let now = ProtocolInstant(nanoseconds: 1_000_000_000)

    private func finder(_ names: [ServerName], _ registry: SourceRegistry) throws -> ServerFinder {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try ServerFinder(ServerDirectory(names, configuredSecondary: nil), registry, logger: logger)
    }

    @Test("addresses are supplied at once, and nothing is left to wait for")
    func addresses() throws {
        let finder = try finder([.address(address)], try SourceRegistry())
        var supplied: [[IPv4Address]] = []
        finder.supply = { supplied.append($0.map(\.primary)) }
        finder.find(now: now)
        #expect(supplied == [[address]])
        #expect(finder.nextTimeout == nil)
    }

    @Test("servers that are known wait a second for the others, and those come later")
    func patience() throws {
        let registry = try SourceRegistry()
        let finder = try finder([.address(address), name], registry)
        var supplied: [[IPv4Address]] = []
        finder.supply = { supplied.append($0.map(\.primary)) }
        finder.find(now: now)
        #expect(supplied.isEmpty)
        #expect(finder.nextTimeout == now + .seconds(1))

        finder.handleTimeout(now: now + .seconds(1))
        #expect(supplied == [[address]])
        #expect(finder.nextTimeout == now + .seconds(61), "a name without an address is looked up again")

        #expect(try registry.serveOnce(limit: .seconds(20), now: now + .seconds(2)) == 1)
        #expect(supplied == [[address], [address, IPv4Address(198, 51, 100, 9)]])
        #expect(finder.nextTimeout == nil)
    }

    @Test("a server whose name leads to an address that is denied is left out, until it is denied no more")
    func denied() throws {
        let registry = try SourceRegistry()
        let finder = try finder([.address(address), name], registry)
        var supplied: [[IPv4Address]] = []
        finder.supply = { supplied.append($0.map(\.primary)) }
        // One of them is the secondary address only, the successor of the primary one.
        for denied in ["198.51.100.9", "198.51.100.10/31"] {
            let list = DenyList([try #require(SourcePrefix(denied))])
            finder.adopt([.address(address), name], denied: list, now: now)
            #expect(try registry.serveOnce(limit: .seconds(20), now: now) == 1)
            #expect(supplied.last == [address], "\(denied)")
        }
        finder.adopt([.address(address), name], denied: DenyList(), now: now)
        #expect(try registry.serveOnce(limit: .seconds(20), now: now) == 1)
        #expect(supplied.last == [address, IPv4Address(198, 51, 100, 9)])
    }

    @Test("other servers are looked for at once")
    func adoption() throws {
        let registry = try SourceRegistry()
        let finder = try finder([.address(address)], registry)
        var supplied: [[IPv4Address]] = []
        finder.supply = { supplied.append($0.map(\.primary)) }
        finder.adopt([name], denied: DenyList(), now: now)
        #expect(supplied.isEmpty)
        #expect(try registry.serveOnce(limit: .seconds(20), now: now) == 1)
        #expect(supplied == [[IPv4Address(198, 51, 100, 9)]])
    }

    @Test(
        "SEC-34: what cannot be a server is not supplied, and nothing is final",
        arguments: ["127.0.0.1", "0.0.0.0", "255.255.255.255"]
    )
    func sinkhole(answer: String) throws {
        let registry = try SourceRegistry()
        let finder = try finder([.address(address)], registry)
        var supplied: [[IPv4Address]] = []
        finder.supply = { supplied.append($0.map(\.primary)) }
        finder.adopt([.name(answer)], denied: DenyList(), now: now)
        #expect(try registry.serveOnce(limit: .seconds(20), now: now) == 1)
        #expect(supplied == [[]], "the client hears that there is none, and asks again by itself")
        finder.adopt([.name(answer), name], denied: DenyList(), now: now)
        for _ in 0..<4 where supplied.count < 2 { _ = try registry.serveOnce(limit: .seconds(20), now: now) }
        #expect(supplied.last == [IPv4Address(198, 51, 100, 9)])
        #expect(finder.nextTimeout == now + .seconds(60), "the other name is looked up again")
    }
}
