import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// A lab with two servers that have the same two addresses, each announced by BIRD to the router: anycast (docs/fleet.md).
final class RoutedServers {
    let lab: KernelLab
    private var servers: [RunningRole] = []
    private var daemons: [ChildProcess] = []

    /// Addresses on no link, which both hosts have.
    private static let anycast = ["192.0.3.1", "192.0.3.2"]
    /// The hosts, with their own addresses and those of the router on the link.
    private static let members: [(host: KernelHost, address: String, router: String)] = [
        (.server, KernelAddresses.server, "192.0.2.254"), (.dualStack, KernelAddresses.dualStack, "198.51.100.254"),
    ]

    /// Starts everything, and waits until the router has a way to both.
    init() throws {
        lab = try SystemTest.lab()
        do { try start() } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    private func start() throws {
        lab.hasTransit = false
        lab.roleAddresses.server = Self.anycast[0]
        lab.roleAddresses.secondaryServer = Self.anycast[1]
        lab.roleAddresses.serverOfClients = Self.anycast[0]
        for member in Self.members {
            try lab[member.host].configure(
                Self.anycast.map { "ip address add \($0)/32 dev lo" }.joined(separator: "\n")
            )
            servers.append(try lab.start(.server, on: member.host, arguments: ["--announce-table", "3545"]))
        }
        for server in servers { try lab.waitUntilServing(server) }
        for member in Self.members {
            let addresses = Self.anycast.flatMap { ["--address", $0] }
            let made = try Bird.configuration(
                ["server", "--announce-table", "3545"] + addresses,
                routerIdentifier: member.address,
                routers: [member.router],
                binary: SystemTest.binary
            )
            daemons.append(try Bird.start(made, on: member.host, of: lab))
        }
        let sessions = Self.members.map { Bird.Session(neighbor: $0.address, prefixes: "192.0.3.0/24+") }
        daemons.append(try Bird.start(Bird.router(sessions), on: .internet, of: lab))
        try #require(try lab.wait(upTo: .seconds(40)) { try ways == 2 }, "the router does not learn both ways")
    }

    /// Ends the daemons and the lab.
    func close() {
        for daemon in daemons { daemon.terminate(grace: .milliseconds(500)) }
        daemons = []
        lab.close()
    }

    /// How many ways to the first address the router has.
    var ways: Int { get throws { try Bird.ways(to: "\(Self.anycast[0])/32", in: lab) } }

    /// The server that has been asked most.
    func busy() throws -> RunningRole? {
        let counts = try servers.map { server in
            let report = try lab.status(of: server) ?? ""
            let text = report.split(separator: "\"datagramsReceived\"").dropFirst().first ?? ""
            return Int(text.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
        }
        guard let most = counts.max(), most > 0, let place = counts.firstIndex(of: most) else { return nil }
        return servers[place]
    }

    /// Kills a server.
    func kill(_ server: RunningRole) {
        lab.kill(server)
        servers.removeAll { $0.process === server.process }
    }
}
