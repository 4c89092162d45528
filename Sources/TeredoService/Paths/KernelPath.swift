import Logging
import TeredoControl
import TeredoHost
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Keeps the kernel's data path in step with a machine: gives it the paths of peers whose packets came through here, tells
/// the machine what the kernel carried, and takes paths back that the machine would not use.
///
/// The programs are held by the process that holds the filter (``HostPath``), so that they end with that; the role has the maps.
final class KernelPath<Machine: PathMachine>: PathMover {
    let name = "kernel path"
    private let tunnel: Tunnel<Machine>
    private let peerLimit: Int
    private let process: HostProcess
    private let logger: Logger
    private var role: KernelDataPath.Role
    private var mtu: Int
    /// Native prefixes that are not served.
    private var denied: [IPv6Prefix]
    private var origin: PathOrigin
    private var tables: KernelPathTables
    /// The interfaces that the path is on, by index.
    private var places: [Int32: PathPlace] = [:]
    /// Whether the path is attached; it is not while the host's network does not allow it.
    private var isAttached = true
    /// The paths that the kernel has.
    private var installed: [IPv6Address: Installed] = [:]
    /// What the kernel moved for peers whose paths are gone, until the machine is told.
    private var uncollected: [IPv6Address: OctetCount] = [:]
    /// The interface that packets for an address leave through, as far as it was asked, `nil` when the path cannot be
    /// there; bounded.
    private var ways: [IPv4Address: Int32?] = [:]
    /// Interfaces that the path cannot be on.
    private var refused: Set<Int32> = []
    private var sweepDeadline: ProtocolInstant?
    /// What former attachments carried.
    private var formerTraffic = PathTraffic()

    /// A path that the kernel has.
    private struct Installed {
        var path: DirectPath
        /// What the machine knows of the octets that the kernel moved there.
        var collected = OctetCount()
    }

    /// How often the paths in use are compared with what the machine says.
    private static var sweepInterval: Duration { .seconds(1) }

    /// Attaches the path between the interface and the service port of a role.
    ///
    /// Throws when something does not hold that the path needs; the error says what.
    init(peerLimit: Int, tunnel: Tunnel<Machine>, _ runtime: ServiceRuntime) throws(ServiceError) {
        guard let process = runtime.hostProcess else {
            throw ServiceError(
                "--datapath ebpf: nobody holds the programs for this role",
                remedy: "run with --datapath userspace"
            )
        }
        self.process = process
        self.tunnel = tunnel
        self.peerLimit = peerLimit
        logger = runtime.logger
        let rules = tunnel.machine.pathRules
        role = KernelDataPath.Role(rules)
        mtu = rules?.mtu ?? TeredoConstants.mtu
        denied = rules?.denied ?? []
        origin = try PathOrigin(of: tunnel.socket.localEndpoint, except: tunnel.interface.index)
        let natives = role.nativePrefixes(denied: denied)
        (places, tables) = try Self.make(
            by: process,
            for: tunnel.socket,
            peers: peerLimit,
            natives: natives.count,
            mtu: mtu,
            role,
            denied: denied
        )
        tunnel.notes.noticed.isWanted = true
        announce(origin.interface.index)
    }

    deinit { process.endPath() }

    var nextTimeout: ProtocolInstant? { sweepDeadline }

    var kernelPeers: Int { installed.count }

    var traffic: PathTraffic { isAttached ? formerTraffic.adding(tables.counters) : formerTraffic }

    /// Packets that were lost on the path.
    var systemCounters: SystemCounters {
        var counters = SystemCounters()
        counters.packetsRefused = tables.counters.lostPackets
        counters.congestionDropped = tables.counters.congestedPackets
        return counters
    }

    /// Gives the kernel the paths of the peers whose packets have just come through here.
    func finishTurn(now: ProtocolInstant) {
        for address in uncollected.keys { recordActivity(of: address) }
        for address in tunnel.notes.noticed.take() { update(address, now: now) }
    }

    func adoptRules() {
        let rules = tunnel.machine.pathRules
        let role = KernelDataPath.Role(rules)
        let mtu = rules?.mtu ?? self.mtu
        let denied = rules?.denied ?? []
        guard role != self.role || mtu != self.mtu || denied != self.denied else { return }
        self.role = role
        self.mtu = mtu
        self.denied = denied
        do throws(SystemError) {
            try process.updatePath(role.side, mtu: mtu)
            try tables.serve(role, denied: denied)
        } catch {
            logger.warning("the kernel's data path stays off until the network changes: \(error)")
            detach()
        }
    }

    func handleTimeout(now: ProtocolInstant) { review(now: now) }

    func reconsider(_ address: IPv6Address, now: ProtocolInstant) {
        if installed[address] != nil { update(address, now: now) }
    }

    func review(now: ProtocolInstant) {
        for address in installed.keys {
            recordActivity(of: address)
            update(address, now: now)
        }
        sweepDeadline = installed.isEmpty ? nil : now + Self.sweepInterval
    }

    /// Another interface or address below needs another attachment.
    func handleNetworkChange() {
        let current: PathOrigin
        do throws(ServiceError) {
            current = try PathOrigin(of: tunnel.socket.localEndpoint, except: tunnel.interface.index)
        } catch {
            if isAttached { logger.warning("packets go through userspace from now on: \(error.message)") }
            return detach()
        }
        // Routes may lead elsewhere now: peers whose packets come through here again are looked up anew.
        ways = [:]
        refused = []
        for address in installed.keys { remove(address) }
        if isAttached { keep((try? process.reviewPath()) ?? []) }
        guard !isAttached || current != origin || places[current.interface.index] == nil else { return }
        detach()
        do throws(ServiceError) {
            (places, tables) = try Self.make(
                by: process,
                for: tunnel.socket,
                peers: peerLimit,
                natives: role.nativePrefixes(denied: denied).count,
                mtu: mtu,
                role,
                denied: denied
            )
            origin = current
            isAttached = true
            announce(current.interface.index)
        } catch {
            logger.warning("packets go through userspace from now on: \(error.message)")
        }
    }

    private func keep(_ all: [PathPlace]) { places = Self.byIndex(all) }

    private static func byIndex(_ all: [PathPlace]) -> [Int32: PathPlace] {
        Dictionary(all.map { ($0.interface.index, $0) }) { first, _ in first }
    }

    private func announce(_ index: Int32) {
        guard let place = places[index] else { return }
        let reception = place.reception == .xdp ? "XDP" : "ingress"
        logger.info("the kernel moves packets of trusted peers, \(reception) on \(place.interface.name)")
    }

    private func detach() {
        guard isAttached else { return }
        formerTraffic = formerTraffic.adding(tables.counters)
        for address in installed.keys { remove(address) }
        process.endPath()
        places = [:]
        isAttached = false
        sweepDeadline = nil
    }

    func recordActivity(of address: IPv6Address) {
        if let octets = uncollected.removeValue(forKey: address) {
            tunnel.machine.recordOctets(of: address, received: octets.received, sent: octets.sent)
        }
        guard let known = installed[address], let activity = tables.activity(of: address) else { return }
        let octets = OctetCount(received: activity.octetsReceived, sent: activity.octetsSent)
        let fresh = octets - known.collected
        installed[address]?.collected = octets
        tunnel.machine.recordOctets(of: address, received: fresh.received, sent: fresh.sent)
        tunnel.machine.recordActivity(
            of: address,
            lastReception: activity.lastReception > known.path.lastReception ? activity.lastReception : nil,
            lastTransmission: activity.lastTransmission
        )
    }

    private func update(_ address: IPv6Address, now: ProtocolInstant) {
        guard isAttached, let current = tunnel.machine.directPath(to: address, now: now),
            now - current.lastReception < DirectPath.freshness
        else { return remove(address) }
        guard let interface = way(to: current.endpoint.address), let place = places[interface] else {
            return remove(address)
        }
        let known = installed[address]?.path
        guard known?.endpoint != current.endpoint || known?.receptionEndpoint != current.receptionEndpoint else {
            return
        }
        do {
            try tables.setPeer(
                address,
                endpoint: current.endpoint,
                receptionEndpoint: current.receptionEndpoint,
                through: place.way,
                // Where datagrams are taken whole from ingress, the wire keeps super-packets in the other direction too.
                keepsSuperPackets: place.reception == .ingress,
                lastReception: current.lastReception
            )
        } catch {
            // The map is full: packets of this peer come here, as before.
            return logger.debug("\(address) stays in userspace: \(error)")
        }
        installed[address, default: Installed(path: current)].path = current
        if sweepDeadline == nil { sweepDeadline = now + Self.sweepInterval }
    }

    /// Takes a path back; what it carried is told later.
    private func remove(_ address: IPv6Address) {
        guard let known = installed.removeValue(forKey: address) else { return }
        if let activity = tables.activity(of: address) {
            let octets = OctetCount(received: activity.octetsReceived, sent: activity.octetsSent) - known.collected
            uncollected[address] = uncollected[address, default: OctetCount()] + octets
        }
        tables.removePeer(address)
    }

    /// The interface that packets for `address` leave through; `nil` when the path cannot be there: such peers stay in
    /// userspace.
    private func way(to address: IPv4Address) -> Int32? {
        if let known = ways[address] { return known }
        if ways.count >= peerLimit { ways = [:] }
        let bound = tunnel.socket.localEndpoint.address
        let source = bound == .unspecified ? nil : bound
        let interface = Netlink.interface(towards: address, from: source).flatMap {
            isReached($0, for: address) ? $0 : nil
        }
        ways.updateValue(interface, forKey: address)
        return interface
    }

    /// Whether the path is on an interface, or can be.
    private func isReached(_ index: Int32, for address: IPv4Address) -> Bool {
        if places[index] != nil { return true }
        guard index != tunnel.interface.index, !refused.contains(index) else { return false }
        do throws(SystemError) {
            keep(try process.reach(address))
        } catch {
            refused.insert(index)
            let remedy = error.remedy.isEmpty ? "" : "; \(error.remedy)"
            logger.info("peers behind \(error.subject) stay in userspace: \(error.reason)\(remedy)")
            return false
        }
        guard places[index] != nil else { return false }
        announce(index)
        return true
    }

    private static func make(
        by process: HostProcess,
        for socket: borrowing UDPSocket,
        peers: Int,
        natives: Int,
        mtu: Int,
        _ role: KernelDataPath.Role,
        denied: [IPv6Prefix]
    ) throws(ServiceError) -> (places: [Int32: PathPlace], tables: KernelPathTables) {
        do throws(SystemError) {
            // Twice as many native prefixes as there are, for those of later on.
            var (places, tables) = try process.makePath(
                for: socket.descriptor,
                peers: peers,
                natives: max(1024, natives * 2),
                mtu: mtu,
                role.side
            )
            try tables.serve(role, denied: denied)
            return (byIndex(places), tables)
        } catch {
            throw ServiceError(
                "--datapath ebpf: \(error.subject): \(error.reason) (\(error.call))",
                remedy: (error.remedy.isEmpty ? "" : "\(error.remedy); ") + "or run with --datapath userspace"
            )
        }
    }
}

extension KernelDataPath.Role {
    /// The packets that the rules are about; none without rules, which only clients can be.
    fileprivate init(_ rules: PathRules?) {
        self =
            switch rules?.side {
            case nil: .client(nil)
            case .client(let own): .client(own)
            case .router(let prefixes): .relay(prefixes)
            case .host(let own): .hostRelay(own)
            }
    }
}

extension PathTraffic {
    /// This traffic with that of the kernel added.
    fileprivate func adding(_ counters: KernelDataPath.Counters) -> Self {
        var sum = self
        sum.datagramsReceived &+= counters.receivedPackets
        sum.octetsReceived &+= counters.receivedOctets
        sum.datagramsSent &+= counters.sentPackets
        sum.octetsSent &+= counters.sentOctets
        return sum
    }
}
