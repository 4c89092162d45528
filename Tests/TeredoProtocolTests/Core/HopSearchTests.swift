import TeredoProtocol
import TeredoWire
import Testing

/// The search for the first hop behind one's own NATs.
@Suite struct HopSearchTests {
    private static let start = ProtocolInstant(nanoseconds: 0)
    private static let way = HopSearch.Way(
        server: IPv4Address(192, 0, 2, 1),
        local: IPv4Address(192, 168, 1, 5),
        mapped: IPv4Address(198, 51, 100, 7)
    )

    /// Runs a search along hops that answer after 10 ms, and returns what was sent.
    private static func run(
        _ hops: [IPv4Address?],
        along way: HopSearch.Way = way
    ) -> (sent: [UInt8], found: [IPv4Address?], time: Duration) {
        var search = HopSearch(along: way, filter: GlobalUnicastFilter())
        var sent: [UInt8] = []
        var answers: [(time: ProtocolInstant, hop: UInt8)] = []
        var now = start
        while true {
            while let hop = search.nextProbe(now: now) {
                sent.append(hop)
                if Int(hop) <= hops.count, hops[Int(hop) - 1] != nil { answers.append((now + .milliseconds(10), hop)) }
            }
            if search.isFinished { return (sent, search.addresses, now - start) }
            let next = [search.nextTimeout, answers.first?.time].compactMap(\.self).min()
            guard let next, sent.count < 100 else { return (sent, search.addresses, now - start) }
            now = max(now, next)
            while let answer = answers.first, answer.time <= now {
                answers.removeFirst()
                search.note(hops[Int(answer.hop) - 1], at: answer.hop)
            }
        }
    }

    private static let lan = IPv4Address(192, 168, 1, 1)
    private static let carrier = IPv4Address(100, 64, 0, 1)
    private static let router = IPv4Address(198, 51, 100, 254)

    @Test("behind one NAT two datagrams and one round trip are enough, and none gets farther")
    func single() {
        let (sent, found, time) = Self.run([Self.lan, Self.router, Self.router])
        #expect(sent == [1, 2] && found == [Self.lan, Self.router] && time == .milliseconds(10))
    }

    @Test("behind a carrier's NAT the search goes on to the first global address")
    func carrierNAT() {
        let (sent, found, _) = Self.run([Self.lan, Self.carrier, Self.carrier, Self.router, Self.router, Self.router])
        #expect(found.prefix(4) == [Self.lan, Self.carrier, Self.carrier, Self.router])
        #expect(Set(sent).max() ?? 0 <= 5)
    }

    @Test("silent hops are asked twice and passed over; with nobody telling anything it ends after sixteen datagrams")
    func silence() {
        let (sent, found, _) = Self.run([Self.lan, nil, Self.router])
        #expect(found.prefix(3) == [Self.lan, nil, Self.router] && sent.filter { $0 == 2 }.count == 2)
        let (all, nothing, time) = Self.run([])
        #expect(all.count == 16 && Set(all) == Set(1...8) && nothing.allSatisfy { $0 == nil })
        #expect(time <= .seconds(5))
    }

    @Test(
        "a host without NAT needs one hop; one whose mapped address is not known yet believes its own when that is global"
    )
    func noNAT() {
        let own = IPv4Address(198, 51, 100, 7)
        for mapped in [own, nil] {
            let way = HopSearch.Way(server: Self.way.server, local: own, mapped: mapped)
            let (sent, found, _) = Self.run([Self.router, Self.router], along: way)
            #expect(found.first == Self.router && sent.count <= 2)
        }
    }

    @Test("a NAT that answers with its outer address is no hop behind it")
    func outerAddress() {
        let (_, found, _) = Self.run([Self.way.mapped, Self.router])
        #expect(found == [Self.way.mapped, Self.router])
        let unknown = HopSearch.Way(server: Self.way.server, local: Self.way.local, mapped: nil)
        #expect(Self.run([Self.way.mapped, Self.router], along: unknown).found.count == 2)
    }
}
