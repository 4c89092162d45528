import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What a client knows of several servers.
@Suite struct ServerPoolTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private static let findings = ServerPool.Findings(mappedEndpoint: ClientHarness.mapped, mtu: 1280)
    private static let lists = [1, 65, 129].map {
        ServerAddresses(primary: IPv4Address(192, 0, 2, $0), secondary: IPv4Address(192, 0, 2, $0 + 1))
    }

    private static func pool(_ count: Int) -> ServerPool {
        var pool = ServerPool()
        _ = pool.update(Array(lists.prefix(count)), dropsUnlisted: false)
        return pool
    }

    private static func answer(_ pool: inout ServerPool, _ index: Int, at now: ProtocolInstant = now) {
        pool.recordAnswer(of: index, findings, roundTrip: .milliseconds(10), patience: 100, now: now)
    }

    @Test("A server that left the list is used until it can be left, and then is none to go to")
    func unlisted() {
        var pool = Self.pool(1)
        pool.use(0, now: Self.now)
        Self.answer(&pool, 0)
        _ = pool.update([Self.lists[1]], dropsUnlisted: false)
        #expect(pool.entries.map(\.isListed) == [true, false] && pool.current == 1)
        Self.answer(&pool, 0)
        #expect(pool.hasStandby(now: Self.now))
        pool.use(0, now: Self.now)
        #expect(!pool.hasStandby(now: Self.now))
        #expect(pool.standby(answeredSince: Self.now) == nil && pool.hopes(since: Self.now).isEmpty)
    }

    @Test("SEC-01: an answer of a server that is not in use counts with a nonce that this server was asked with")
    func nonces() {
        var pool = Self.pool(3)
        pool.recordProbe(of: 1, nonce: 7, now: Self.now)
        pool.recordProbe(of: 1, nonce: 8, now: Self.now)
        pool.recordProbe(of: 2, nonce: 9, now: Self.now)
        for nonce in [7, 8] as [UInt64] { #expect(pool.probed(at: Self.lists[1].primary, nonce: nonce) == 1) }
        for nonce in [0, 9] as [UInt64] { #expect(pool.probed(at: Self.lists[1].primary, nonce: nonce) == nil) }
        #expect(pool.probed(at: Self.lists[0].primary, nonce: 7) == nil)
    }

    @Test("The client returns to an earlier server that has answered for ten minutes, and to none that left the list")
    func returning() {
        var pool = Self.pool(3)
        pool.use(1, now: Self.now)
        for index in 0..<3 { Self.answer(&pool, index) }
        let later = Self.now + .seconds(600)
        #expect(!pool.isWorthReturning(to: 0, now: later - .nanoseconds(1)))
        #expect((0..<3).map { pool.isWorthReturning(to: $0, now: later) } == [true, false, false])
        _ = pool.update(Array(Self.lists.suffix(2)), dropsUnlisted: false)
        pool.use(1, now: Self.now)
        #expect((0..<2).map { pool.isWorthReturning(to: $0, now: later) } == [true, false])
        _ = pool.update([Self.lists[0]], dropsUnlisted: false)
        Self.answer(&pool, 0)
        #expect(pool.isWorthReturning(to: 0, now: later), "from one that left the list")
        pool.use(0, now: Self.now)
        #expect(!pool.isWorthReturning(to: 1, now: later), "to one that left the list")
    }

    @Test("A server that is the only one is asked by qualification and refresh alone")
    func alone() {
        var pool = Self.pool(1)
        pool.schedule(0, at: Self.now)
        #expect(pool.nextDeadline == nil)
        pool = Self.pool(2)
        pool.use(0, now: Self.now)
        pool.schedule(1, at: Self.now)
        #expect(pool.nextDeadline == Self.now)
        pool.recordProbe(of: 1, nonce: 7, now: Self.now)
        #expect(pool.nextDeadline == Self.now + .seconds(4))
    }
}
