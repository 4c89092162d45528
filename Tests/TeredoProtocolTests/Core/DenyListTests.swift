import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Prefixes that are not served: the list, and what the machines do with it.
@Suite struct DenyListTests {
    static let list = DenyList(
        ipv4: ["203.0.113.0/24", "198.51.100.7", "203.0.113.128/25", "255.255.255.255/32"].compactMap {
            IPv4Prefix($0)
        },
        ipv6: ["2400:1:0:1::/64", "2400:1::/48", "2620::/16"].compactMap { IPv6Prefix($0) }
    )

    @Test("Exactly the addresses in the prefixes are denied, whether these overlap or not")
    func members() {
        for address in ["203.0.113.0", "203.0.113.255", "198.51.100.7", "255.255.255.255"] {
            #expect(Self.list.contains(ipv4(address)), "\(address)")
        }
        for address in ["203.0.112.255", "203.0.114.0", "198.51.100.6", "198.51.100.8", "0.0.0.0"] {
            #expect(!Self.list.contains(ipv4(address)), "\(address)")
        }
        for address in ["2400:1::", "2400:1:0:ffff:ffff:ffff:ffff:ffff", "2620:ffff::1"] {
            #expect(Self.list.contains(ipv6(address)), "\(address)")
        }
        for address in ["2400:1:1::", "2400:0:ffff::1", "2621::", "::"] {
            #expect(!Self.list.contains(ipv6(address)), "\(address)")
        }
        #expect(DenyList(ipv4: [IPv4Prefix(.unspecified, length: 0)]).contains(ipv4("8.8.8.8")))
        #expect(DenyList().isEmpty && !DenyList().contains(ipv4("8.8.8.8")) && !DenyList().contains(ipv6("2400::")))
    }

    @Test("A list of many prefixes agrees with each of them")
    func random() {
        var generator = SplitMix64(seed: 3)
        let prefixes = (0..<300).map { _ in
            IPv4Prefix(
                IPv4Address(rawValue: UInt32(truncatingIfNeeded: generator.next())),
                length: Int(generator.next() % 25) + 8
            )
        }
        let list = DenyList(ipv4: prefixes)
        for _ in 0..<20_000 {
            let address = IPv4Address(rawValue: UInt32(truncatingIfNeeded: generator.next()))
            #expect(list.contains(address) == prefixes.contains { $0.contains(address) })
        }
    }

    @Test("A server takes nothing from a denied address, and counts it")
    func server() throws {
        var harness = try ServerHarness { $0.denied = Self.list }
        #expect(harness.receive(ServerHarness.solicitation()).dropped == .denied)
        let bubble = Packets.bubble(from: ServerHarness.alice.ipv6, to: ServerHarness.bob.ipv6)
        #expect(harness.receive(bubble).dropped == .denied)
        #expect(harness.receive(bubble, from: ServerHarness.relay).dropped == .denied)
        #expect(harness.server.counters.drops[.denied] == 3)
        #expect(harness.receive(ServerHarness.solicitation(), from: endpoint("198.51.100.8:9")).target != nil)
    }

    @Test("A relay takes nothing from a denied client or host, and sends neither anything", arguments: [false, true])
    func relay(live: Bool) throws {
        let byClient = DenyList(ipv4: [IPv4Prefix(RelayHarness.client.mappedEndpoint.address, length: 32)])
        let byHost = DenyList(ipv6: [IPv6Prefix(RelayHarness.host, length: 64)])
        let data = Packets.udp(from: RelayHarness.client.ipv6, to: RelayHarness.host, length: 20)
        for list in [byClient, byHost] {
            var harness = RelayHarness.trusting()
            #expect(harness.receive(data) == .deliver(0..<data.count))
            if live {
                var settings = RelayConfiguration(
                    kind: .router(servedPrefixes: [IPv6Prefix(ipv6("2400:1::"), length: 32)]),
                    ownIPv6Addresses: [RelayHarness.own],
                    ownIPv4Addresses: [RelayHarness.address]
                )
                settings.denied = list
                harness.relay.adopt(settings, now: harness.now)
                harness.drain()
            } else {
                harness = RelayHarness { $0.denied = list }
            }
            harness.forget()
            #expect(harness.receive(data) == .drop(live || list == byClient ? .denied : .unknownPeer))
            #expect(harness.transmit(RelayHarness.packet()) == .drop(.denied))
            #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
            let path = harness.relay.directPath(to: RelayHarness.client.ipv6, now: harness.now)
            #expect((path == nil) == (list == byClient || !live), "nobody else moves its packets either")
            let rules = try #require(harness.relay.pathRules)
            let header = try IPv6Header(validating: RelayHarness.packet().span)
            #expect(rules.admitsTransmission(header, longest: 60) == (list == byClient))
        }
    }
}
