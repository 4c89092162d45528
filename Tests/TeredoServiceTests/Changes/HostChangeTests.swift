import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoService

/// What roles and the process that changes the host for them say to each other.
@Suite struct HostChangeTests {
    private static let address = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf5") ?? .unspecified
    private static let route = IPv6Route(.teredo, metric: 1_000_000)
    private static let defaultRoute = IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: 1024, table: 3_544_000_007)
    private static let rule = IPv6Rule(from: address, table: 3_544_000_007, priority: 32_765)
    private static let changes: [HostChange] =
        [
            .prepareIPv6, .bringUp(mtu: 1280), .setMTU(65_535), .addAddress(address), .removeAddress(address),
            .removeLinkLocalAddresses(mtu: 1400), .addRoute(route), .removeRoute(defaultRoute), .removeFormerRules,
            .addRule(rule), .removeRule(rule), .makeFilter, .setFilter([], allowing: []), .removeFilter, .tellRefusals,
            .tellOtherFilters, .setForwarding(true), .setForwarding(false),
        ]
        + [
            "all", "tcp", "tcp/22", "udp/6000-6010", "tcp/22 from 2001:db8::/32", "all from 2001:db8::1/128",
        ].compactMap { InboundRule($0).map { .setFilter([.host, .others], allowing: [$0, $0]) } }

    @Test("SEC-63: each change is the same when it is read again", arguments: changes)
    func changesAreRead(change: HostChange) {
        #expect(HostChange(message: change.message) == change)
        #expect(HostRequest(message: change.message) == .change(change))
    }

    @Test("SEC-63: each request is the same when it is read again")
    func requestsAreRead() {
        for request in [HostRequest.enlargeBuffers, .bindPort] + Self.interfaces {
            #expect(HostRequest(message: request.message) == request)
        }
    }

    private static let interfaces = [(false, false), (false, true), (true, false), (true, true)].map {
        HostRequest.makeInterface(hasQueues: $0.0, hasHeader: $0.1)
    }

    @Test(
        "SEC-63: what is no request word for word is none",
        arguments: [
            "", "\n", " ", "prepare-ipv6 ", " prepare-ipv6", "prepare-ipv6\n", "PREPARE-IPV6", "prepare-ipv6 1",
            "bring-up", "bring-up ", "bring-up x", "bring-up +1280", "bring-up 01280", "bring-up 1280 1280",
            "bring-up 99999999999999999999", "bring-up 1280\nset-mtu 1280", "set-mtu 1280.0", "set-mtu 0x500",
            "add-address", "add-address 10.0.0.1", "add-address 2001:0000::1", "add-address 2001::1/128",
            "add-address 2001::1%eth0", "add-address 2001::1 eth0", "remove-address", "remove-link-local",
            "add-route 2001::/32", "add-route 2001::/32 1", "add-route 2001::1/32 1 254", "add-route 2001::/129 1 254",
            "add-route 2001:: 1 254", "add-route 2001::/32 -1 254", "add-route 2001::/32 4294967296 254",
            "add-route 2001::/32 1 254 eth0", "remove-route ::/0", "add-rule 2001::1 1", "add-rule 2001::/32 1 32765",
            "add-rule 2001::1 1 32765 extra", "remove-rule", "remove-former-rules all", "make-filter nat",
            "set-filter", "set-filter 4", "set-filter -1", "set-filter 3\n", "set-filter 3\ntcp/0",
            "set-filter 3\nicmp",
            "set-filter 3\ntcp/22 from", "set-filter 3\ntcp/22  from 2001:db8::/32", "set-filter 3\nall from ::/0",
            "set-filter 03", "remove-filter x", "tell-refusals 1", "tell-other-filters x", "set-forwarding",
            "set-forwarding 1", "set-forwarding ON", "make-interface", "make-interface queue",
            "make-interface queues yes",
            "make-interface queue header eth0", "enlarge-buffers 1", "bind-port 53", "exec /bin/sh", "done",
            "refused\nno",
            "add-address\t2001::1", "add-address 2001::1\0",
        ]
    )
    func malformed(message: String) {
        #expect(HostRequest(message: message) == nil)
    }

    @Test(
        "answers are the same when they are read again",
        arguments: [
            .done, .otherFilters(true), .otherFilters(false), .otherFilters(nil), .refused("an MTU of 0"),
            .failed(SystemError("netlink", "address 2001::1/32", code: 17, remedy: "")),
            .failed(SystemError("netlink", "MTU 1", code: 22, remedy: "mtu less than device minimum")),
            .refusals(InboundRefusals()),
            .refusals(
                InboundRefusals(
                    packets: .max,
                    kinds: [.init(source: address, protocolNumber: 6, port: 22, packets: 3)]
                )
            ),
        ] as [HostAnswer]
    )
    func answers(answer: HostAnswer) {
        #expect(HostAnswer(message: answer.message) == answer)
    }

    @Test(
        "what is no answer is none",
        arguments: [
            "", "done ", "done\n", "done 1", "refusals", "refusals x", "refusals 1\n", "refusals 1\n2001::1 6 22",
            "refusals 1\n2001::1 256 22 1", "other-filters", "other-filters maybe", "failed", "failed x\n\n\n",
            "failed 1\na\nb", "refused", "ready",
        ]
    )
    func noAnswer(message: String) {
        #expect(HostAnswer(message: message) == nil)
    }
}
