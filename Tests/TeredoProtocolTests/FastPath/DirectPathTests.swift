import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What client and relay let others do for them.
@Suite struct DirectPathTests {
    @Test("T1, R6: a trusted peer has a direct path, for 30 s after it was heard")
    func client() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        #expect(harness.client.directPath(to: peer.ipv6, now: harness.now) == nil)
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let path = harness.client.directPath(to: peer.ipv6, now: harness.now)
        #expect(path?.endpoint == peer.mappedEndpoint && path?.receptionEndpoint == peer.mappedEndpoint)
        #expect(path?.lastReception == harness.now)
        #expect(harness.client.directPath(to: peer.ipv6, now: harness.now + .seconds(30)) == nil)
    }

    @Test("What others moved keeps a peer valid")
    func activity() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let later = harness.now + .seconds(20)
        harness.client.recordActivity(of: peer.ipv6, lastReception: later, lastTransmission: nil)
        #expect(harness.client.directPath(to: peer.ipv6, now: later + .seconds(29))?.lastReception == later)
        // What is older than what is known changes nothing, and strangers stay strangers.
        harness.client.recordActivity(of: peer.ipv6, lastReception: harness.now, lastTransmission: nil)
        #expect(harness.client.directPath(to: peer.ipv6, now: later)?.lastReception == later)
        let stranger = Packets.peer(IPv4Address(203, 0, 113, 99)).ipv6
        harness.client.recordActivity(of: stranger, lastReception: later, lastTransmission: later)
        #expect(harness.client.directPath(to: stranger, now: later) == nil)
    }

    @Test("X1, Y3: a trusted client of a relay has a direct path")
    func relay() {
        var harness = RelayHarness.trusting()
        let address = RelayHarness.client.ipv6
        #expect(harness.relay.directPath(to: address, now: harness.now)?.endpoint == RelayHarness.client.mappedEndpoint)
        harness.relay.recordActivity(of: address, lastReception: harness.now + .seconds(9), lastTransmission: nil)
        #expect(harness.relay.directPath(to: address, now: harness.now + .seconds(38)) != nil)
        #expect(harness.relay.directPath(to: address, now: harness.now + .seconds(40)) == nil)
    }

    private static let native = IPv6Address("2001:db8::5")
    private static let teredo = RelayHarness.client.ipv6

    private func header(_ source: IPv6Address, _ destination: IPv6Address, next: UInt8 = 6, hops: UInt8 = 9) -> [UInt8]
    {
        let header = IPv6Header(
            payloadLength: 20,
            nextHeader: next,
            hopLimit: hops,
            source: source,
            destination: destination
        )
        return [UInt8](capacity: 60) { header.encode(into: &$0) } + [UInt8](repeating: 0, count: 20)
    }

    @Test("Y9 to Y13: a router's rules admit served native destinations only, and leave the rest to the machine")
    func routerReception() throws {
        let native = try #require(Self.native)
        let rules = PathRules(side: .router([try #require(IPv6Prefix("2001:db8::/32"))]), mtu: 1280)
        func admits(_ bytes: [UInt8]) throws -> Bool { rules.admitsReception(try TeredoDatagram(validating: bytes)) }
        #expect(try admits(header(Self.teredo, native)))
        #expect(try !admits(header(Self.teredo, native, next: 58)))
        #expect(try !admits(header(Self.teredo, native, next: 44)))
        #expect(try !admits(header(Self.teredo, native, hops: 1)))
        for text in ["2001:db9::5", "2001:0:1::1", "2002:c000:201::1", "fe80::1", "ff02::1", "::1"] {
            #expect(try !admits(header(Self.teredo, try #require(IPv6Address(text)))), "\(text)")
        }
        let isatap = try #require(IPv6Address("2001:db8::5efe:c000:201"))
        #expect(try !admits(header(Self.teredo, isatap)))
    }

    @Test("I1 to I10: a router's rules admit packets of served native sources to Teredo only")
    func routerTransmission() throws {
        let native = try #require(Self.native)
        let rules = PathRules(side: .router([]), mtu: 1280)
        func admits(_ source: IPv6Address, _ destination: IPv6Address, longest: Int = 1280) throws -> Bool {
            let bytes = header(source, destination)
            return rules.admitsTransmission(try IPv6Header(validating: bytes), longest: longest)
        }
        #expect(try admits(native, Self.teredo))
        #expect(try !admits(native, Self.teredo, longest: 1281))
        #expect(try !admits(native, native))
        for text in ["2001:0:1::1", "2002:c000:201::1", "fe80::1", "fd00::1", "::"] {
            #expect(try !admits(try #require(IPv6Address(text)), Self.teredo), "\(text)")
        }
    }

    @Test("A host-specific relay's rules admit its own addresses only; a client's its own")
    func others() throws {
        let native = try #require(Self.native)
        let other = try #require(IPv6Address("2001:db8::6"))
        let host = PathRules(side: .host([native]), mtu: 1280)
        #expect(try host.admitsReception(TeredoDatagram(validating: header(Self.teredo, native))))
        #expect(try !host.admitsReception(TeredoDatagram(validating: header(Self.teredo, other))))
        #expect(try host.admitsTransmission(IPv6Header(validating: header(native, Self.teredo)), longest: 60))
        #expect(try !host.admitsTransmission(IPv6Header(validating: header(other, Self.teredo)), longest: 60))
        let client = PathRules(client: Self.teredo, mtu: 1280)
        #expect(try client.admitsReception(TeredoDatagram(validating: header(native, Self.teredo))))
        #expect(try !client.admitsReception(TeredoDatagram(validating: header(Self.teredo, native))))
        #expect(try client.admitsTransmission(IPv6Header(validating: header(Self.teredo, native)), longest: 60))
        #expect(try !client.admitsTransmission(IPv6Header(validating: header(native, Self.teredo)), longest: 60))
    }

    @Test("R6: what was moved of a peer that is not proved any more is no sign of life")
    func activityOfStranger() throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        let index = try #require(harness.client.contacts.find(peer.ipv6))
        let before = harness.client.contacts[index].lastReception
        harness.client.recordActivity(of: peer.ipv6, lastReception: harness.now, lastTransmission: harness.now)
        #expect(harness.client.contacts[index].lastReception == before)
    }
}
