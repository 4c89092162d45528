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
final class KernelPath<Machine: PathMachine>: PathMover {
    let name = "kernel path"
    private let tunnel: Tunnel<Machine>
    private let peerLimit: Int
    private let logger: Logger
    private var role: KernelDataPath.Role
    private var mtu: Int
    /// Native prefixes that are not served.
    private var denied: [IPv6Prefix]
    private var path: KernelDataPath
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
    init(peerLimit: Int, tunnel: Tunnel<Machine>, logger: Logger) throws(ServiceError) {
        self.tunnel = tunnel
        self.peerLimit = peerLimit
        self.logger = logger
        let rules = tunnel.machine.pathRules
        role = KernelDataPath.Role(rules)
        mtu = rules?.mtu ?? TeredoConstants.mtu
        let interface = NetworkInterface(name: tunnel.interface.name, index: tunnel.interface.index)
        let (underlying, endpoint) = try Self.underlying(tunnel.socket.localEndpoint, except: interface.index)
        var settings = KernelDataPath.Settings(
            tunnel: interface,
            underlying: underlying,
            localEndpoint: endpoint,
            role: role
        )
        settings.peerLimit = peerLimit
        denied = rules?.denied ?? []
        settings.denied = denied
        path = try Self.attach(settings)
        tunnel.notes.noticed.isWanted = true
        announce(underlying.index)
    }

    var nextTimeout: ProtocolInstant? { sweepDeadline }

    var kernelPeers: Int { installed.count }

    var traffic: PathTraffic { isAttached ? formerTraffic.adding(path.counters) : formerTraffic }

    /// Packets that were lost on the path.
    var systemCounters: SystemCounters {
        var counters = SystemCounters()
        counters.packetsRefused = path.counters.lostPackets
        counters.congestionDropped = path.counters.congestedPackets
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
            try path.update(role: role, denied: denied, mtu: mtu)
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
        let current: (interface: NetworkInterface, endpoint: UDPEndpoint)
        do {
            current = try Self.underlying(tunnel.socket.localEndpoint, except: tunnel.interface.index)
        } catch {
            if isAttached { logger.warning("packets go through userspace from now on: \(error.message)") }
            return detach()
        }
        // Routes may lead elsewhere now: peers whose packets come through here again are looked up anew.
        ways = [:]
        refused = []
        for address in installed.keys { remove(address) }
        path.leaveUnsuitableInterfaces()
        guard
            !isAttached || current.interface != path.settings.underlying
                || current.endpoint != path.settings.localEndpoint
        else { return }
        detach()
        var settings = path.settings
        settings.underlying = current.interface
        settings.localEndpoint = current.endpoint
        settings.role = role
        settings.mtu = mtu
        do {
            path = try Self.attach(settings)
            isAttached = true
            announce(settings.underlying.index)
        } catch {
            logger.warning("packets go through userspace from now on: \(error.message)")
        }
    }

    private func announce(_ index: Int32) {
        guard let attachment = path.attachments[index] else { return }
        let place = attachment.reception == .xdp ? "XDP" : "ingress"
        logger.info("the kernel moves packets of trusted peers, \(place) on \(attachment.interface.name)")
    }

    private func detach() {
        guard isAttached else { return }
        formerTraffic = formerTraffic.adding(path.counters)
        for address in installed.keys { remove(address) }
        path.detach()
        isAttached = false
        sweepDeadline = nil
    }

    func recordActivity(of address: IPv6Address) {
        if let octets = uncollected.removeValue(forKey: address) {
            tunnel.machine.recordOctets(of: address, received: octets.received, sent: octets.sent)
        }
        guard let known = installed[address], let activity = path.activity(of: address) else { return }
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
        guard let interface = way(to: current.endpoint.address) else { return remove(address) }
        let known = installed[address]?.path
        guard known?.endpoint != current.endpoint || known?.receptionEndpoint != current.receptionEndpoint else {
            return
        }
        do {
            try path.setPeer(
                address,
                endpoint: current.endpoint,
                receptionEndpoint: current.receptionEndpoint,
                through: interface,
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
        if let activity = path.activity(of: address) {
            let octets = OctetCount(received: activity.octetsReceived, sent: activity.octetsSent) - known.collected
            uncollected[address] = uncollected[address, default: OctetCount()] + octets
        }
        path.removePeer(address)
    }

    /// The interface that packets for `address` leave through; `nil` when the path cannot be there: such peers stay in
    /// userspace.
    private func way(to address: IPv4Address) -> Int32? {
        if let known = ways[address] { return known }
        if ways.count >= peerLimit { ways = [:] }
        let bound = tunnel.socket.localEndpoint.address
        let source = bound == .unspecified ? nil : bound
        let interface = Netlink.interface(towards: address, from: source).flatMap { isReached($0) ? $0 : nil }
        ways.updateValue(interface, forKey: address)
        return interface
    }

    /// Whether the path is on an interface, or can be.
    private func isReached(_ index: Int32) -> Bool {
        if path.attachments[index] != nil { return true }
        guard index != tunnel.interface.index, !refused.contains(index) else { return false }
        do throws(SystemError) {
            try path.reach(index)
        } catch {
            refused.insert(index)
            let remedy = error.remedy.isEmpty ? "" : "; \(error.remedy)"
            logger.info("peers behind \(error.subject) stay in userspace: \(error.reason)\(remedy)")
            return false
        }
        announce(index)
        return true
    }

    private static func attach(_ settings: KernelDataPath.Settings) throws(ServiceError) -> KernelDataPath {
        do {
            return try KernelDataPath(settings)
        } catch {
            throw ServiceError(
                "--datapath ebpf: \(error.subject): \(error.reason) (\(error.call))",
                remedy: (error.remedy.isEmpty ? "" : "\(error.remedy); ") + "or run with --datapath userspace"
            )
        }
    }

    /// The one interface with the address that datagrams leave from, and the service port with that address.
    private static func underlying(
        _ bound: UDPEndpoint,
        except tunnel: Int32
    ) throws(ServiceError) -> (interface: NetworkInterface, endpoint: UDPEndpoint) {
        let all = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        let usable = all.filter { $0.interfaceIndex != tunnel && !$0.isLoopback }
        let candidates = bound.address == .unspecified ? usable : usable.filter { $0.address == bound.address }
        guard let place = candidates.first else {
            throw ServiceError(
                "--datapath ebpf: no interface has an IPv4 address for the service port \(bound)",
                remedy: "bring the network up first, or run with --datapath userspace"
            )
        }
        guard candidates.count == 1 else {
            let list = candidates.map { "\($0.address) on \($0.interfaceName)" }.joined(separator: ", ")
            throw ServiceError(
                "--datapath ebpf: the kernel needs the one address that datagrams leave from, and there are \(list)",
                remedy: "name one with --bind ADDRESS:PORT, or run with --datapath userspace"
            )
        }
        return (
            NetworkInterface(name: place.interfaceName, index: place.interfaceIndex),
            UDPEndpoint(place.address, bound.port)
        )
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
