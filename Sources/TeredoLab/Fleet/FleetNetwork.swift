import FoundationEssentials
import TeredoLinux

/// A fleet in network namespaces: relays, servers with shared addresses and gateways, announced by BIRD to a router with
/// equal-cost routes and the kernel's own hash, and clients behind NATs (``FleetPlan``).
package final class FleetNetwork {
    /// The namespaces and roles.
    package let lab: KernelLab
    /// The relays, servers and gateways that run, by their host.
    package private(set) var roles: [KernelHost: RunningRole] = [:]
    /// Whether a client of Miredo's takes part.
    package let hasMiredo: Bool
    private var keepers: [KernelHost: ServiceKeeper] = [:]
    private var daemons: [ChildProcess] = []
    private let keyFile: String

    /// Builds the namespaces; nothing runs in them yet.
    package init(binary: String, hasMiredo: Bool, report: @escaping KernelLab.Report) throws {
        guard Bird.isInstalled else { throw LabError.missingProgram(Bird.missing) }
        self.hasMiredo = hasMiredo
        lab = try KernelLab(layout: .fleet, binary: binary, report: report)
        keyFile = "\(lab.directory)/fleet-key"
        let key = (0..<4).map { _ in String(UInt64.random(in: 1...UInt64.max), radix: 36) }.joined()
        guard
            FileManager.default.createFile(
                atPath: keyFile,
                contents: Data("\(key)\n".utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw LabError.unsupported("\(keyFile) cannot be written") }
    }

    deinit { close() }

    /// Ends everything and removes the namespaces.
    package func close() {
        for daemon in daemons { daemon.signal(15) }
        for daemon in daemons { daemon.terminate(grace: .milliseconds(500)) }
        daemons = []
        roles = [:]
        lab.close()
        for keeper in keepers.values { keeper.closeKept() }
        keepers = [:]
    }

    /// Starts all members and BIRD, and waits until the router has a way to each of them; then the clients, until they have addresses.
    package func start() throws {
        for member in FleetPlan.relays {
            keepers[member.host] = try ServiceKeeper(path: "\(lab.directory)/\(member.host.rawValue).notify")
        }
        for member in FleetPlan.members { try start(member) }
        for member in FleetPlan.members { try startBird(of: member) }
        let sessions = FleetPlan.members.map { member in
            FleetPlan.servers.contains(member)
                ? Bird.Session(neighbor: member.ipv4, prefixes: "192.0.3.0/24+")
                : Bird.Session(neighbor: member.ipv6, prefixes: "2001::/32")
        }
        daemons.append(try Bird.start(Bird.router(sessions), on: .internet, of: lab))
        try waitForWays(limit: .seconds(40))
        try startClients()
    }

    /// Waits until every relay, gateway and server is announced to the router.
    package func waitForWays(limit: Duration = .seconds(15)) throws {
        guard try lab.wait(upTo: limit, until: { try hasAllWays }) else {
            let routes = try lab[.internet].run(["ip", "-6", "route", "show", "2001::/32"]).output
            throw LabError.timedOut("the router does not learn all ways within \(limit)\n\(routes)")
        }
    }

    private var hasAllWays: Bool {
        get throws {
            let relays = FleetPlan.relays.count + FleetPlan.gateways.count
            guard try relayWays == relays else { return false }
            return try serverWays.allSatisfy { $0 == FleetPlan.servers.count }
        }
    }

    /// How many ways to 2001::/32 the router has.
    package var relayWays: Int { get throws { try Bird.ways(to: "2001::/32", in: lab) } }

    /// How many ways it has to each address of the servers.
    package var serverWays: [Int] {
        get throws { try FleetPlan.serverAddresses.map { try Bird.ways(to: "\($0)", in: lab) } }
    }

    // MARK: Members

    /// Starts the role of a member, which serves when this returns.
    @discardableResult
    package func start(_ member: FleetPlan.Member) throws -> RunningRole {
        let common = [
            "--announce-table", FleetPlan.table, "--fleet-key-file", keyFile, "--internal-prefix", "198.18.0.0/15",
            "--drain-timeout", "\(Self.drainTimeout)",
        ]
        let siblings = (FleetPlan.relays + FleetPlan.gateways).flatMap { ["--sibling", $0.relayEndpoint] }
        let role: RunningRole
        lab.hasTransit = false
        if FleetPlan.servers.contains(member) {
            lab.roleAddresses.server = FleetPlan.serverAddresses[0]
            lab.roleAddresses.secondaryServer = FleetPlan.serverAddresses[1]
            role = try lab.start(.server, on: member.host, arguments: common)
        } else if FleetPlan.gateways.contains(member) {
            lab.roleAddresses.server = member.ipv4
            let own = ["--secondary-address", member.secondIPv4, "--transit"]
            role = try lab.start(.gateway, on: member.host, arguments: common + siblings + own)
        } else {
            lab.roleAddresses.relay = member.ipv4
            let keeper = keepers[member.host]
            role = try lab.start(.relay, on: member.host, arguments: common + siblings, under: keeper)
            guard keeper?.serve(upTo: .seconds(20)) ?? true else {
                if Interruption.isRequested { throw LabError.interrupted }
                throw LabError.timedOut("the relay on \(member.host.rawValue) is not ready\n\(role.log)")
            }
        }
        try lab.waitUntilServing(role)
        roles[member.host] = role
        return role
    }

    /// How long a member drains at most, in seconds.
    static let drainTimeout = 20

    private func startBird(of member: FleetPlan.Member) throws {
        let isServer = FleetPlan.servers.contains(member)
        let role = isServer ? "server" : "relay"
        let addresses = isServer ? FleetPlan.serverAddresses.flatMap { ["--address", $0] } : []
        let made = try Bird.configuration(
            [role] + addresses,
            routerIdentifier: member.ipv4,
            routers: [isServer ? member.router.ipv4 : member.router.ipv6],
            binary: lab.binary
        )
        daemons.append(try Bird.start(made, on: member.host, of: lab))
    }

    /// Kills the role of a member.
    package func kill(_ member: FleetPlan.Member) {
        guard let role = roles.removeValue(forKey: member.host) else { return }
        lab.kill(role)
    }

    /// Replaces the process of a relay by another one, as a service manager restarts it.
    package func upgrade(_ member: FleetPlan.Member) throws {
        guard let role = roles.removeValue(forKey: member.host), let keeper = keepers[member.host] else { return }
        lab.stop(role)
        keeper.finish()
        try start(member)
    }

    /// A role that ended by itself is gone, with all that it left.
    package func forget(_ member: FleetPlan.Member) {
        guard let role = roles.removeValue(forKey: member.host) else { return }
        lab.stop(role)
        keepers[member.host]?.finish()
        keepers[member.host]?.closeKept()
    }

    // MARK: Clients

    private func startClients() throws {
        for site in FleetPlan.sites {
            let isMiredo = site.client == .clientD
            if isMiredo, !hasMiredo { continue }
            lab.roleAddresses.serverOfClients =
                switch site.client {
                case .clientB: FleetPlan.gateways[0].ipv4
                case .clientC: FleetPlan.gateways[1].ipv4
                default: FleetPlan.serverAddresses[0]
                }
            try lab.start(
                .client,
                on: site.client,
                by: isMiredo ? .miredo : .teredo,
                arguments: isMiredo ? [] : ["--allow", "all"]
            )
        }
        for site in FleetPlan.sites where hasMiredo || site.client != .clientD {
            _ = try lab.qualifiedAddress(of: site.client, limit: .seconds(40))
        }
        lab.roleAddresses.serverOfClients = FleetPlan.serverAddresses[0]
    }

    /// The address of a client that has one.
    package func address(of client: KernelHost) throws -> String {
        guard let address = try lab.teredoAddress(of: client) else {
            throw LabError.timedOut("\(client.rawValue) has no Teredo address")
        }
        return "\(address)"
    }
}
