import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoService

/// What is wanted of the host against what there is.
@Suite struct WantedInterfaceStateTests {
    private static let address = IPv6Address("2001:0:c000:201::1") ?? .unspecified
    private static let route = IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: 1_000_000)
    private static let ofTable = IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: 1024, table: 3544)
    private static let onLink = IPv6Route(.teredo, metric: IPv6Route.onLinkMetric)
    private static let rule = IPv6Rule(from: address, table: 3544, priority: 32_765)

    private static let wanted = WantedInterfaceState(
        mtu: 1280,
        address: address,
        routes: [onLink, route, ofTable],
        rules: [rule]
    )

    private static var whole: InterfaceState {
        var state = InterfaceState(name: "teredo", isUp: true, mtu: 1280, ipv6: .enabled)
        state.addresses = [address]
        state.routes = [onLink, route, ofTable]
        state.rules = [rule]
        return state
    }

    /// Each change with what it is found to be, and nothing that only follows from it.
    private static let changes: [(change: @Sendable (inout InterfaceState) -> Void, found: [InterfaceDifference])] = [
        ({ _ in }, []),
        ({ $0.name = "renamed" }, []),
        ({ $0.addresses.insert(.unspecified) }, []),
        ({ $0.isUp = false }, [.down]),
        (
            {
                $0.isUp = false
                $0.addresses = []
                $0.routes = []
            }, [.down]
        ),
        ({ $0.mtu = 1500 }, [.mtu(is: 1500, wanted: 1280)]),
        (
            {
                $0.mtu = 576
                $0.ipv6 = .absent
                $0.addresses = []
                $0.routes = []
            }, [.mtu(is: 576, wanted: 1280)]
        ),
        (
            {
                $0.ipv6 = .disabled
                $0.addresses = []
                $0.routes = []
            }, [.ipv6Disabled]
        ),
        ({ $0.makesLinkLocalAddress = true }, [.linkLocalAddress]),
        ({ $0.addresses = [] }, [.address(address)]),
        ({ $0.routes = [] }, [.route(onLink), .route(route), .route(ofTable)]),
        (
            {
                $0.routes = [route, ofTable]
                $0.addresses = []
            }, [.address(address)]
        ),
        ({ $0.routes = [onLink, ofTable] }, [.route(route)]),
        ({ $0.rules = [] }, [.rule(rule)]),
        (
            {
                $0.addresses = []
                $0.rules = []
            }, [.address(address), .rule(rule)]
        ),
    ]

    @Test("what another program changed is found, and what only follows from it is not", arguments: changes.indices)
    func differences(index: Int) {
        var state = Self.whole
        Self.changes[index].change(&state)
        #expect(Self.wanted.differences(from: state) == Self.changes[index].found)
    }

    @Test("a client without address and with a hook, which may keep the interface down, wants nothing but the MTU")
    func withoutAddress() {
        let state = InterfaceState(name: "teredo", isUp: false, mtu: 1280, ipv6: .enabled)
        #expect(WantedInterfaceState(isUp: false, mtu: 1280).differences(from: state).isEmpty)
        #expect(WantedInterfaceState(mtu: 1280).differences(from: state) == [.down])
        #expect(WantedInterfaceState(isUp: false, mtu: 1400).differences(from: state) == [.mtu(is: 1280, wanted: 1400)])
    }
}
