package import TeredoProtocol

/// Who is where in a fleet.
///
/// ```
///   relay  relay-2  relay-3   server  server-2   gateway  gateway-2
///       \_____\_______\__________|_______/___________/______/
///                            internet  (BIRD, eBGP, ECMP)
///       ______/_____/______/__________/______\______\_______\____
///    box-1  box-2  box-3  box-4    newcomer  native  native-2  flooder
///      |      |      |      |
///   client-a  …-b   …-c    …-d
/// ```
package enum FleetPlan {
    /// A host that BIRD announces.
    package struct Member: Hashable, Sendable {
        /// The host.
        package let host: KernelHost
        /// Its place among the members, of which its addresses come.
        let number: Int

        /// Its own IPv4 address, which no other member has.
        package var ipv4: String { "198.51.100.\(number * 16 + 1)" }
        /// The second address of a gateway.
        var secondIPv4: String { "198.51.100.\(number * 16 + 2)" }
        /// Its IPv6 address.
        package var ipv6: String { "2400:1:0:1\(number)::1" }
        /// The router on its link.
        var router: (ipv4: String, ipv6: String) {
            ("198.51.100.\(number * 16 + 14)", "2400:1:0:1\(number)::ff")
        }
        /// Where its relay is.
        package var relayEndpoint: String {
            "\(ipv4):\(FleetPlan.gateways.contains { $0.host == host } ? 3545 : KernelLab.relayPort)"
        }
    }

    /// A client of its own behind a box.
    package struct Site: Hashable, Sendable {
        /// The client and its box.
        package let client: KernelHost
        package let box: KernelHost
        /// The kind of the box.
        package let nat: NATKind
        let number: Int

        /// The outside of the box.
        var outside: String { "203.0.113.\(number * 16 + 1)" }
        var router: String { "203.0.113.\(number * 16 + 14)" }
        var inside: String { "192.168.\(number + 1).2" }
        var gateway: String { "192.168.\(number + 1).1" }
    }

    /// The relays.
    package static let relays = members([.relay, .relay2, .relay3], from: 0)
    /// The servers, which share ``serverAddresses``.
    package static let servers = members([.server, .server2], from: 3)
    /// Server and relay in one, each with server addresses of its own.
    package static let gateways = members([.gateway, .gateway2], from: 5)
    /// The addresses that all servers have: anycast.
    package static let serverAddresses = ["192.0.3.1", "192.0.3.2"]
    /// The addresses of the native hosts.
    package static let natives: [KernelHost: String] = [
        .native: KernelAddresses.native, .native2: "2400:1:0:4::1", .flooder: "2400:1:0:5::1",
    ]
    /// A client of ours with servers that share their addresses, behind the commonest NAT; one of each gateway, which a pair of NATs
    /// separates that cannot be crossed without transit; and one for Miredo.
    package static let sites = [
        Site(client: .clientA, box: .box1, nat: .portRestricted, number: 0),
        Site(client: .clientB, box: .box2, nat: .symmetric, number: 1),
        Site(client: .clientC, box: .box3, nat: .portRestricted, number: 2),
        Site(client: .clientD, box: .box4, nat: .portRestricted, number: 3),
    ]
    /// The address of the newcomer.
    static let newcomer = (address: "203.0.113.65", router: "203.0.113.78")
    /// The table that all roles announce in.
    package static let table = "3544"

    /// All that are announced.
    package static var members: [Member] { relays + servers + gateways }

    static var hosts: [KernelHost] {
        [.internet, .newcomer] + members.map(\.host) + natives.keys.sorted { $0.rawValue < $1.rawValue }
            + sites.flatMap { [$0.box, $0.client] }
    }

    private static func members(_ hosts: [KernelHost], from number: Int) -> [Member] {
        hosts.enumerated().map { Member(host: $1, number: number + $0) }
    }
}
