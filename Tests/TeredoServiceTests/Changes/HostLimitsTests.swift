import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoService

/// What a role may want of the network of its host.
@Suite struct HostLimitsTests {
    private static let address = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf5") ?? .unspecified
    private static let other = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf6") ?? .unspecified
    private static let foreign = IPv6Address("2001:db8::1") ?? .unspecified
    private static let everything = IPv6Prefix(.unspecified, length: 0)
    private static let table: UInt32 = 3_544_000_007

    private static var client: HostLimits {
        var limits = HostLimits(name: "teredo", index: 7)
        limits.hasAddress = true
        limits.prefixes = [everything]
        limits.table = .ofInterface
        return limits
    }

    private static var relay: HostLimits {
        var limits = HostLimits(name: "teredo", index: 7)
        limits.prefixes = [.teredo]
        return limits
    }

    private static var gateway: HostLimits {
        var limits = relay
        limits.masquerades = true
        return limits
    }

    @Test(
        "SEC-63: a client may have a Teredo address, the routes that are set, and the rule for its address",
        arguments: [
            .bringUp(mtu: 1280), .setMTU(65_535), .removeLinkLocalAddresses(mtu: 1280), .addAddress(address),
            .removeAddress(address), .addRoute(IPv6Route(everything, metric: 1_000_000)),
            .addRoute(IPv6Route(.teredo, metric: 256)), .addRoute(IPv6Route(everything, metric: 1024, table: table)),
            .removeRoute(IPv6Route(everything, metric: 1_000_000)),
            .addRule(IPv6Rule(from: address, table: table, priority: 32_765)),
            .removeRule(IPv6Rule(from: address, table: table, priority: 32_765)), .makeFilter,
            .setFilter([.host], allowing: []), .tellRefusals,
        ] as [HostChange]
    )
    func allowed(change: HostChange) {
        #expect(Self.client.objection(to: change, index: 7, address: Self.address) == nil)
    }

    @Test(
        "SEC-63: and nothing else",
        arguments: [
            .bringUp(mtu: 1279), .setMTU(65_536), .setMTU(0), .removeLinkLocalAddresses(mtu: -1), .addAddress(foreign),
            .addAddress(other), .removeAddress(foreign), .addRoute(IPv6Route(.teredo, metric: 1_000_000)),
            .addRoute(IPv6Route(everything, metric: 1024)), .addRoute(IPv6Route(everything, metric: 256)),
            .addRoute(IPv6Route(everything, metric: 1_000_000, table: 255)),
            .addRoute(IPv6Route(everything, metric: 1024, table: table + 1)),
            .addRoute(IPv6Route(.teredo, metric: 1024, table: table)),
            .removeRoute(IPv6Route(everything, metric: 1024)),
            .addRule(IPv6Rule(from: other, table: table, priority: 32_765)),
            .addRule(IPv6Rule(from: foreign, table: table, priority: 32_765)),
            .addRule(IPv6Rule(from: address, table: 254, priority: 32_765)),
            .addRule(IPv6Rule(from: address, table: table, priority: 0)),
            .removeRule(IPv6Rule(from: foreign, table: table, priority: 32_765)), .setForwarding(true),
        ] as [HostChange]
    )
    func refused(change: HostChange) {
        #expect(Self.client.objection(to: change, index: 7, address: Self.address) != nil)
    }

    @Test(
        "SEC-63: a relay has no address and no rule, a gateway may have the kernel forward where it translates addresses"
    )
    func others() {
        func objection(_ limits: HostLimits, _ change: HostChange) -> String? {
            limits.objection(to: change, index: 7, address: nil)
        }
        for limits in [Self.relay, Self.gateway] {
            #expect(objection(limits, .addRoute(IPv6Route(.teredo, metric: 1_000_000))) == nil)
            #expect(objection(limits, .addRoute(IPv6Route(Self.everything, metric: 1_000_000))) != nil)
            #expect(objection(limits, .addAddress(Self.address)) != nil)
            #expect(objection(limits, .addRoute(IPv6Route(.teredo, metric: 256))) != nil)
            let rule = IPv6Rule(from: Self.address, table: Self.table, priority: 32_765)
            #expect(objection(limits, .addRule(rule)) != nil && objection(limits, .removeRule(rule)) != nil)
        }
        #expect(objection(Self.relay, .setForwarding(true)) != nil)
        #expect(objection(Self.gateway, .setForwarding(true)) == nil)
    }

    @Test(
        "SEC-63: a data path in the kernel is for the roles that were set to have one, at their end of the tunnel",
        arguments: [
            ("end-path", true, true), ("review-path", true, true), ("reach 192.0.2.1", true, true),
            ("give-map peers", true, true), ("make-path 4096 1024 1280 client none", true, false),
            ("make-path 4096 1024 1280 client 2001:0:c633:6401:248b:1e14:39cc:9bf5", true, false),
            ("update-path 1400 client none", true, false), ("update-path 1280 client 2001:db8::1", false, false),
            ("make-path 4096 1024 1280 natives", false, true), ("update-path 1280 natives", false, true),
            ("update-path 1279 natives", false, false), ("make-path 4096 1024 65536 client none", false, false),
            ("make-path 0 1024 1280 natives", false, false), ("make-path 4096 4000001 1280 natives", false, false),
        ]
    )
    func path(message: String, isForClient: Bool, isForRelay: Bool) throws {
        let request = try #require(PathRequest(message: message))
        for (limits, expected) in [(Self.client, isForClient), (Self.relay, isForRelay)] {
            #expect(limits.objection(to: request) != nil, "without --datapath ebpf")
            var able = limits
            able.hasPath = true
            #expect((able.objection(to: request) == nil) == expected)
        }
    }

    @Test(
        "SEC-63: words that are no request for a data path are none",
        arguments: [
            "make-path", "make-path 4096 1024 1280", "make-path 4096 1024 1280 relay",
            "make-path 4096 1024 1280 client",
            "make-path 4096 1024 1280 natives 1", "make-path 04096 1024 1280 natives", "give-map settings", "give-map",
            "update-path natives", "update-path 1280 client 1.2.3.4", "reach eth0", "reach 3", "reach 192.0.2.1 eth0",
            "review-path 3", "end-path ", " end-path", "end-path\nend-path", "make-path 4096 1024 1280 client NONE",
        ]
    )
    func noPath(message: String) { #expect(HostRequest(message: message) == nil) }

    @Test("limits are the same when they are read from a command line", arguments: [client, relay, gateway])
    func words(limits: HostLimits) {
        #expect(HostLimits(words: limits.words) == limits)
        var unmade = limits
        unmade.index = nil
        unmade.table = .chosen(100)
        unmade.hasPath = true
        unmade.port = UDPEndpoint("192.0.2.1:53")
        #expect(HostLimits(words: unmade.words) == unmade)
    }

    @Test(
        "words that are no limits are none",
        arguments: [
            "", "teredo", "teredo 7 address none nat", "teredo 7 address none nat path",
            "teredo -7 address none nat path no-port", "teredo x address none nat path no-port",
            "teredo 7 addresses none nat path no-port", "teredo 7 address auto nat path no-port",
            "teredo 7 address none yes path no-port", "teredo 7 address none nat yes no-port",
            "teredo 7 address none nat path no-port eth0", "teredo 7 address none nat path no-port 2001::1/32",
            "teredo0123456789 7 address none nat path no-port", "teredo 7 address none nat path no-port ::/0 ::/0",
            "teredo 7 address none nat path 53", "teredo 7 address none nat path port",
            "teredo 7 address none nat path ::/0",
        ]
    )
    func malformed(line: String) {
        #expect(HostLimits(words: line.split(separator: " ").map(String.init)) == nil)
    }
}
