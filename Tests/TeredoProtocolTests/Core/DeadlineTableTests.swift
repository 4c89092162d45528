import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct DeadlineTableTests {
    private static func instant(_ seconds: Int64) -> ProtocolInstant { ProtocolInstant(nanoseconds: seconds) }

    @Test("An empty table awaits nothing")
    func empty() {
        let table = DeadlineTable()
        #expect(table.next == nil)
        #expect(DeadlineReason.allCases.allSatisfy { table[$0] == nil })
    }

    @Test("Each reason has a slot of its own, and the earliest one is next", arguments: DeadlineReason.allCases)
    func earliest(reason: DeadlineReason) {
        var table = DeadlineTable()
        for other in DeadlineReason.allCases { table[other] = Self.instant(100) }
        table[reason] = Self.instant(99)
        #expect(table.next?.reason == reason)
        #expect(table.next?.instant == Self.instant(99))
        #expect(DeadlineReason.allCases.count { table[$0] == Self.instant(100) } == DeadlineReason.allCases.count - 1)
        table[reason] = nil
        #expect(table[reason] == nil)
        #expect(table.next?.instant == Self.instant(100))
    }

    @Test("Of several deadlines at one instant the one whose reason is first is told")
    func ties() {
        var table = DeadlineTable()
        table[.expiry] = Self.instant(5)
        table[.refresh] = Self.instant(5)
        #expect(table.next?.reason == .refresh)
    }
}

/// What a client says that it waits for.
@Suite struct ClientDeadlineTests {
    @Test("A client waits for an answer, then for the refresh, then for the answers of a peer; off-line for the pause")
    func reasons() throws {
        var harness = ClientHarness { $0.localDiscovery.isOn = false }
        #expect(harness.client.nextDeadline == nil)
        harness.start()
        #expect(harness.client.nextDeadline?.reason == .solicitation)
        #expect(harness.client.nextTimeout == harness.now + RFC4380.solicitationTimeout)
        harness.advance(RFC4380.solicitationTimeout * RFC4380.solicitationLimit)
        #expect(harness.client.status.word == "offline")
        #expect(harness.client.nextDeadline?.reason == .start)

        harness = ClientHarness.qualified { $0.transit = .off }
        #expect(harness.client.nextDeadline?.reason == .refresh)
        let own = try #require(harness.client.address).ipv6
        harness.transmit(Packets.udp(from: own, to: Packets.peer().ipv6))
        #expect(harness.client.nextDeadline?.reason == .retry)
        #expect(harness.client.nextTimeout == harness.now + RFC4380.retryInterval)
    }
}
