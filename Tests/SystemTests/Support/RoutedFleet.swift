import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// A lab with several relays that BIRD announces to a router by eBGP, as docs/fleet.md describes it: ECMP with Linux' default hash,
/// and BFD that misses a host after 300 ms.
final class RoutedFleet {
    let lab: KernelLab
    private(set) var relays: [KernelHost: RunningRole] = [:]
    private var daemons: [ChildProcess] = []

    /// The hosts with a relay, with their addresses.
    private static let members: [(host: KernelHost, ipv4: String, ipv6: String)] = [
        (.relay, KernelAddresses.relay, KernelAddresses.relayIPv6),
        (.dualStack, KernelAddresses.dualStack, KernelAddresses.dualStackIPv6),
        (.box2, KernelAddresses.box2, "2400:1:0:5::1"),
    ]
    static let table = "3544"

    /// Starts everything, and waits until the router has a way through every relay, and client A an address.
    init(relayArguments: [String] = []) throws {
        lab = try SystemTest.lab()
        lab.hasTransit = false
        do { try start(relayArguments) } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    private func start(_ arguments: [String]) throws {
        try lab[.dualStack].configure("ip address change \(KernelAddresses.dualStackIPv6)/64 dev eth0")
        // The box of the second site has no use here but this.
        try lab.load(rules: "flush ruleset", on: .box2)
        try lab[.internet].configure("ip address add 2400:1:0:5::ff/64 dev box-2 nodad")
        try lab[.box2].configure(
            "ip address add 2400:1:0:5::1/64 dev wan nodad\nip route add default via 2400:1:0:5::ff"
        )
        for member in Self.members { try lab[member.host].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding") }
        let siblings = Self.members.flatMap { ["--sibling", "\($0.ipv4):\(KernelLab.relayPort)"] }
        for member in Self.members {
            lab.roleAddresses.relay = member.ipv4
            let options = siblings + ["--announce-table", Self.table] + arguments
            relays[member.host] = try lab.start(.relay, on: member.host, arguments: options)
        }
        let server = try lab.start(.server)
        for role in Array(relays.values) + [server] { try lab.waitUntilServing(role) }
        try lab[.internet].configure("ip -6 route del 2001::/32")
        for member in Self.members {
            let gateway = member.ipv6.replacing("::1", with: "::ff")
            let made = try Bird.configuration(
                ["relay"],
                routerIdentifier: member.ipv4,
                routers: [gateway],
                binary: SystemTest.binary
            )
            daemons.append(try Bird.start(made, on: member.host, of: lab))
        }
        let sessions = Self.members.map { Bird.Session(neighbor: $0.ipv6, prefixes: "2001::/32") }
        daemons.append(try Bird.start(Bird.router(sessions), on: .internet, of: lab))
        try #require(
            try lab.wait(upTo: .seconds(40)) { try ways == Self.members.count },
            "the router does not learn all ways"
        )
        try lab.start(.client, on: .clientA, arguments: ["--allow", "all"])
        _ = try lab.qualifiedAddress(of: .clientA)
    }

    /// Ends the daemons and the lab.
    func close() {
        for daemon in daemons { daemon.terminate(grace: .milliseconds(500)) }
        daemons = []
        lab.close()
    }

    /// How many ways to 2001::/32 the router has.
    var ways: Int { get throws { try Bird.ways(to: "2001::/32", in: lab) } }

    /// Which way packets go.
    enum Direction: String {
        case fromNative = "packetsAccepted"
        case toNative = "packetsDelivered"
    }

    /// The relay that has moved most packets in one direction within a second.
    func busiest(_ direction: Direction) throws -> RunningRole {
        let before = try relays.mapValues { try count(direction, $0) }
        Pause.sleep(.seconds(1))
        let fresh = try relays.map { (host: $0, packets: try count(direction, $1) - (before[$0] ?? 0)) }
        let most = try #require(fresh.max { $0.packets < $1.packets })
        try #require(most.packets > 5, "no relay carries the flow: \(fresh)")
        return try #require(relays[most.host])
    }

    /// Kills a relay.
    func kill(_ relay: RunningRole) {
        lab.kill(relay)
        relays[relay.host] = nil
    }

    private func count(_ direction: Direction, _ relay: RunningRole) throws -> Int {
        let report = try lab.status(of: relay) ?? ""
        let text = try #require(report.split(separator: "\"\(direction.rawValue)\"").dropFirst().first, "\(report)")
        return try #require(Int(text.drop { !$0.isNumber }.prefix { $0.isNumber }), "\(report)")
    }
}
