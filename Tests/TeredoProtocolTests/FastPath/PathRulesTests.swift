import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What may pass without the machine, which has seen the peer but not the packet.
@Suite struct PathRulesTests {
    private static let peer = Packets.peer().ipv6
    private static let own = Packets.peer(ClientHarness.mapped.address).ipv6
    private static let native = ClientHarness.native
    private static let prefix = IPv6Prefix(IPv6Address(high: 0x2400_0001_0000_0000, low: 0), length: 32)

    private static let client = PathRules(client: own, mtu: 1280)
    private static let router = PathRules(side: .router([prefix]), mtu: 1280)
    private static let anyRouter = PathRules(side: .router([]), mtu: 1280)
    private static let host = PathRules(side: .host([native]), mtu: 1280)

    private static func receives(
        _ rules: PathRules,
        _ destination: IPv6Address,
        next: UInt8 = 17,
        hopLimit: UInt8 = 64
    ) throws -> Bool {
        var packet = Packets.udp(from: peer, to: destination)
        packet[6] = next
        packet[7] = hopLimit
        return rules.admitsReception(try TeredoDatagram(validating: packet.span))
    }

    private static func sends(
        _ rules: PathRules,
        _ source: IPv6Address,
        to destination: IPv6Address = peer,
        next: UInt8 = 17
    ) throws -> Bool {
        var packet = Packets.udp(from: source, to: destination)
        packet[6] = next
        return rules.admitsTransmission(try IPv6Header(validating: packet.span), longest: packet.count)
    }

    @Test("SEC-05, SEC-20: TCP and UDP pass, what the machine has to look into does not")
    func protocols() throws {
        for next in UInt8.min ... .max {
            let isTransport = next == 6 || next == 17
            for (rules, ours) in [(Self.client, Self.own), (Self.router, Self.native), (Self.host, Self.native)] {
                #expect(try Self.receives(rules, ours, next: next) == isTransport, "\(next)")
                #expect(try Self.sends(rules, ours, next: next) == isTransport, "\(next)")
            }
        }
    }

    @Test("SEC-52, SEC-60: our end of a packet is ours, both ways")
    func ends() throws {
        let other = IPv6Address(rawValue: Self.native.rawValue + 1)
        let foreign = IPv6Address(high: 0x2A00_0000_0000_0000, low: 1)
        let cases: [(PathRules, ours: [IPv6Address], others: [IPv6Address])] = [
            (Self.client, [Self.own], [Self.native, IPv6Address(rawValue: Self.own.rawValue ^ 1)]),
            (Self.router, [Self.native, other], [foreign]),
            (Self.anyRouter, [Self.native, foreign], []),
            (Self.host, [Self.native], [other, foreign]),
        ]
        for (rules, ours, others) in cases {
            for address in ours {
                #expect(try Self.receives(rules, address) && Self.sends(rules, address), "\(address)")
            }
            for address in others {
                #expect(try !Self.receives(rules, address) && !Self.sends(rules, address), "\(address)")
            }
        }
        #expect(try !Self.sends(Self.router, Self.native, to: foreign))
    }

    @Test(
        "SEC-53, SEC-54: a relay's Teredo, 6to4, ISATAP and local addresses are the machine's to judge",
        arguments: [
            "2001:0:c000:201::1", "2002:c633:6401::1", "2a00::5efe:192.0.2.1", "2a00::200:5efe:192.0.2.1", "fe80::1",
            "fd00::1", "::1", "ff0e::1",
        ]
    )
    func tunnels(text: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(try !Self.receives(Self.anyRouter, address) && !Self.sends(Self.anyRouter, address))
    }

    @Test("SEC-56: what is used up goes to a router's machine, which says so; to a client it is data")
    func hopLimit() throws {
        for hopLimit in [0, 1, 2] as [UInt8] {
            #expect(try Self.receives(Self.router, Self.native, hopLimit: hopLimit) == (hopLimit > 1))
            #expect(try Self.receives(Self.host, Self.native, hopLimit: hopLimit) == (hopLimit > 1))
            #expect(try Self.receives(Self.client, Self.own, hopLimit: hopLimit))
        }
    }
}
