import FoundationEssentials
import TeredoLinux
package import TeredoLoad
import TeredoWire

/// The network that `teredo load` makes for itself: real daemons in namespaces of their own, and a router that all clients are
/// behind.
///
/// ```
///   clients (TUN) --- internet --- server
///                        |  \_____ relay
///                      native
/// ```
///
/// A gateway is on the server's host and has both parts. Nothing outside the namespaces is touched; everything goes away with
/// ``close()``, with the deinitialisation, and when the process is killed.
package final class LoadNetwork {
    /// What daemons there are.
    package struct Layout: Hashable, Sendable {
        /// Whether one gateway takes the place of server and relay.
        package var isGateway = false
        /// Further words for the command line of the server.
        package var serverFlags: [String] = []
        /// Further words for the command line of the relay, or of the gateway.
        package var relayFlags: [String] = []
        /// Whether the router follows the connections, as the border of a network with a stateful firewall or a NAT does.
        package var tracksConnections = false

        /// Server and relay, each by itself.
        package init() {}
    }

    /// The daemons that were started.
    package private(set) var daemons: [LoadDaemon] = []
    /// Where the clients are.
    package let interface: LoadInterface
    private let directory: String
    private let childGuard: ChildGuard
    private var namespaces: [KernelHost: KernelNamespace] = [:]
    private var processes: [ChildProcess] = []
    private let layout: Layout
    private let binary: String

    /// The model of 1000 clients that fits such a network.
    package static func model(_ layout: Layout) -> LoadModel {
        let relay = layout.isGateway ? KernelAddresses.server : KernelAddresses.relay
        return LoadModel(
            server: address(KernelAddresses.server),
            secondaryServer: address(KernelAddresses.secondaryServer),
            relays: [UDPEndpoint(address(relay), layout.isGateway ? gatewayPort : UInt16(KernelLab.relayPort))],
            native: IPv6Address(KernelAddresses.native)
        )
    }

    private static func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? .unspecified }

    /// The port of the relay in a gateway.
    private static let gatewayPort: UInt16 = 3545

    /// Builds the network and starts the daemons, which serve when this returns.
    package init(_ layout: Layout, for model: LoadModel, binary: String) throws {
        try KernelPrivileges.requirePrograms()
        self.layout = layout
        self.binary = binary
        let base = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
        let number = UInt32.random(in: 0...UInt32.max)
        let directory = "\(base)/teredo-load-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.directory = directory
        let childGuard = try ChildGuard(removing: directory)
        self.childGuard = childGuard
        var namespaces: [KernelHost: KernelNamespace] = [:]
        do {
            let hosts: [KernelHost] = [.internet, .server, .native] + (layout.isGateway ? [] : [.relay])
            for host in hosts { namespaces[host] = try KernelNamespace(host, guardedBy: childGuard) }
            try Self.wire(namespaces, layout)
            guard let internet = namespaces[.internet] else { throw LabError.unsupported("no router") }
            interface = try LoadInterface(prefix: model.prefix, in: internet)
        } catch {
            for namespace in namespaces.values { namespace.close() }
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
        self.namespaces = namespaces
        do { try startDaemons(model) } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Stops the daemons and removes all namespaces and files.
    package func close() {
        for process in processes { process.signal(15) }
        for process in processes { process.terminate(grace: .seconds(3)) }
        processes = []
        for namespace in namespaces.values { namespace.close() }
        namespaces = [:]
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// How many connections the router follows now; `nil` when it follows none.
    package func trackedConnections() -> Int? {
        guard layout.tracksConnections,
            let output = try? namespaces[.internet]?.run(["cat", "/proc/sys/net/netfilter/nf_conntrack_count"])
        else { return nil }
        return Int(output.output.split(separator: "\n").first ?? "")
    }

    // MARK: Daemons

    private func startDaemons(_ model: LoadModel) throws {
        // A quarter of the table is for clients without proof.
        let peers = max(65_536, model.clients * 4 / 3 + 1024)
        let relayed = ["--peer-limit", "\(min(peers, 4_000_000))", "--new-peer-rate", "1000000"]
        // All clients are behind one server, which is asked for all of them by one relay.
        let served = [
            "--address", KernelAddresses.server, "--native-rate", "1000000", "--relay-rate", "1000000",
        ]
        let prefix = ["--internal-prefix", "\(model.prefix)"]
        let secondary = ["--secondary-address", KernelAddresses.secondaryServer]
        guard !layout.isGateway else {
            return try start("gateway", on: .server, served + secondary + relayed + prefix + layout.relayFlags)
        }
        try start("server", on: .server, served + secondary + prefix + layout.serverFlags)
        let bind = ["--bind", "\(KernelAddresses.relay):\(KernelLab.relayPort)"]
        try start("relay", on: .relay, bind + relayed + prefix + layout.relayFlags)
    }

    private func start(_ role: String, on host: KernelHost, _ arguments: [String]) throws {
        guard let namespace = namespaces[host] else { return }
        let socket = "\(directory)/\(role).sock"
        let log = "\(directory)/\(role).log"
        let command = [binary, role] + arguments + ["--control-socket", socket]
        let process = try ChildProcess(namespace.inside(command), output: .file(log))
        childGuard.add(process)
        processes.append(process)
        var daemon = LoadDaemon(name: role, processIdentifier: process.processIdentifier)
        daemon.controlSocket = socket
        let deadline = MonotonicClock.now + .seconds(20)
        while try !CommandOutput.run([binary, "status", "--json", "--control-socket", socket], limit: .seconds(5))
            .isSuccess
        {
            if Interruption.isRequested { throw LabError.interrupted }
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let ending = process.poll() {
                throw LabError.commandFailed(command: "\(command.joined(separator: " ")): \(ending)", detail: text)
            }
            guard MonotonicClock.now < deadline else { throw LabError.timedOut("the \(role) does not serve\n\(text)") }
            Pause.sleep(.milliseconds(50))
        }
        daemons.append(daemon)
    }

    // MARK: Wiring

    private static func wire(_ namespaces: [KernelHost: KernelNamespace], _ layout: Layout) throws {
        let relay = layout.isGateway ? KernelAddresses.serverIPv6 : KernelAddresses.relayIPv6
        func configure(_ host: KernelHost, _ script: String) throws { try namespaces[host]?.configure(script) }
        for host in namespaces.keys { try configure(host, KernelLab.common) }
        for host in [KernelHost.server, .relay, .native] {
            guard let other = namespaces[host] else { continue }
            try configure(
                .internet,
                """
                ip link add \(host.rawValue) type veth peer name eth0 netns \(other.processIdentifier)
                ip link set dev \(host.rawValue) up
                """
            )
            try configure(host, "ip link set dev eth0 up")
        }
        let hasRelay = namespaces[.relay] != nil
        try configure(
            .internet,
            KernelLab.router + """
                ip address add 192.0.2.254/24 dev server
                ip address add 2400:1:0:1::ff/64 dev server nodad
                ip address add 2400:1:0:3::ff/64 dev native nodad

                """
                + (hasRelay
                    ? """
                    ip address add 198.51.100.126/25 dev relay
                    ip address add 2400:1:0:2::ff/64 dev relay nodad

                    """ : "") + "ip route add 2001::/32 via \(relay)"
        )
        try configure(
            .server,
            (layout.isGateway ? KernelLab.router : "") + """
                ip address add \(KernelAddresses.server)/24 dev eth0
                ip address add \(KernelAddresses.secondaryServer)/24 dev eth0
                ip route add default via 192.0.2.254
                ip address add \(KernelAddresses.serverIPv6)/64 dev eth0 nodad
                ip route add default via 2400:1:0:1::ff
                """
        )
        try configure(
            .relay,
            KernelLab.router + """
                ip address add \(KernelAddresses.relay)/25 dev eth0
                ip route add default via 198.51.100.126
                ip address add \(KernelAddresses.relayIPv6)/64 dev eth0 nodad
                ip route add default via 2400:1:0:2::ff
                """
        )
        try configure(
            .native,
            """
            ip address add \(KernelAddresses.native)/64 dev eth0 nodad
            ip route add default via 2400:1:0:3::ff
            """
        )
        guard layout.tracksConnections else { return }
        let output = try namespaces[.internet]?.run(["nft", "-f", "-"], input: tracking)
        guard output?.isSuccess ?? false else {
            throw LabError.commandFailed(command: "nft -f -", detail: output?.error ?? "")
        }
    }

    private static let tracking = """
        table ip border {
            chain forward {
                type filter hook forward priority filter
                ct state invalid drop
            }
        }

        """
}
