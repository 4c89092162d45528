import Testing

@testable import TeredoService

@Suite("Path watch")
struct PathWatchTests {
    private func peer(_ path: String, _ endpoint: String = "192.0.2.1:1", address: String = "2001:db8::1") -> PeerStatus
    {
        var peer = ControlSample.peer(0)
        peer.address = address
        peer.path = path
        peer.endpoint = endpoint
        return peer
    }

    @Test("the first look finds nothing; afterwards a new way, another endpoint and the end of a way are changes")
    func changes() {
        var watch = PathWatch()
        #expect(watch.changes(of: [peer("contacting")], now: 0).isEmpty)
        let steps: [(PeerStatus, String?)] = [
            (peer("contacting", "192.0.2.9:9"), nil), (peer("transit"), "contacting"), (peer("transit"), nil),
            (peer("direct"), "transit"), (peer("direct", "192.0.2.2:2"), "direct"), (peer("idle"), "direct"),
        ]
        for (now, previous) in steps {
            let changes = watch.changes(of: [now], now: 0)
            #expect(changes.map(\.previousPath) == [previous].compactMap(\.self))
            #expect(changes.allSatisfy { $0.path == now.path && ($0.endpoint == nil) == (now.path == "idle") })
        }
    }

    @Test("a peer that was not there before had no way")
    func newPeer() {
        var watch = PathWatch()
        _ = watch.changes(of: [], now: 0)
        let changes = watch.changes(of: [peer("direct"), peer("idle", address: "2001:db8::2")], now: 0)
        #expect(changes.map(\.address) == ["2001:db8::1"] && changes.map(\.previousPath) == ["idle"])
    }

    @Test("the next look is a quarter of a second later, and a reset forgets what was seen")
    func reset() {
        var watch = PathWatch()
        _ = watch.changes(of: [], now: 1000)
        #expect(watch.nextLook == 250_001_000)
        watch.reset()
        #expect(watch.changes(of: [peer("direct")], now: 0).isEmpty)
    }
}
