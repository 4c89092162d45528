import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What a role was told about how packets are moved.
struct PathMoverSettings {
    let tunnel: TunnelSettings
    let peerLimit: Int
    let countsOctets: Bool
}

/// The movers of a role, in one place to call.
extension [any PathMover] {
    /// Makes the movers that a role with this tunnel was told to have.
    static func all<Machine: PathMachine>(
        for tunnel: Tunnel<Machine>,
        _ settings: PathMoverSettings,
        _ runtime: ServiceRuntime
    ) throws(ServiceError) -> Self {
        var movers: Self = []
        if settings.tunnel.workers > 1 { movers.append(try PathWorkers(settings, tunnel: tunnel, runtime)) }
        if settings.tunnel.dataPath == .ebpf {
            movers.append(try KernelPath(peerLimit: settings.peerLimit, tunnel: tunnel, runtime))
        }
        guard !movers.isEmpty else { return movers }
        let all = movers
        tunnel.collect = { all.recordActivity(of: $0) }
        tunnel.reconsider = { address, now in for mover in all { mover.reconsider(address, now: now) } }
        return movers
    }

    /// What the machine with these counters and all movers moved.
    func adding(to counters: TrafficCounters) -> TrafficCounters { reduce(counters) { $0.adding($1.traffic) } }

    /// What the system refused to the tunnel with these counters and to all movers.
    func adding(to counters: SystemCounters) -> SystemCounters {
        reduce(into: counters) { $0.add($1.systemCounters) }
    }

    /// The number of peers whose packets pass without this program.
    var kernelPeers: Int { reduce(0) { $0 + $1.kernelPeers } }

    /// Has all take over the machine's rules.
    func adoptRules() { for mover in self { mover.adoptRules() } }

    /// Has all take over another limit and another wish to count octets.
    func adopt(peerLimit: Int, countsOctets: Bool) throws(ServiceError) {
        for mover in self { try mover.adopt(peerLimit: peerLimit, countsOctets: countsOctets) }
    }

    /// Has all compare the paths in use with what the machine says now.
    func review(now: ProtocolInstant) { for mover in self { mover.review(now: now) } }

    /// Has all tell the machine what they moved for a peer by now.
    func recordActivity(of address: IPv6Address) { for mover in self { mover.recordActivity(of: address) } }

    /// Has all follow the host's network.
    func handleNetworkChange() { for mover in self { mover.handleNetworkChange() } }

    /// Ends all.
    ///
    /// The tunnel lets go of them, and they of the tunnel: `teredo auto` makes its next role in the same process.
    func stop<Machine>(_ tunnel: Tunnel<Machine>) {
        for mover in self { mover.stop() }
        tunnel.collect = nil
        tunnel.reconsider = nil
    }
}
