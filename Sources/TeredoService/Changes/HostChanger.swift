import TeredoHost
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Changes the network of the host itself, within limits: one interface, with its address, routes, rule and filter.
///
/// What the kernel does not undo by itself when this process ends is undone by ``undo()``.
final class HostChanger: HostChanging {
    private let limits: HostLimits
    /// A netlink socket of the network namespace of the interface; `nil` for that of this process.
    private let socket: CInt?
    /// A socket for the packet filters of that namespace, likewise.
    private let filterSocket: CInt?
    private var index: Int32
    private var filter: InboundFilter?
    /// What the interface was given.
    private var address: IPv6Address?
    private var rules: Set<IPv6Rule> = []
    private var isForwardingOurs = false
    /// Ends before the filter does: what it moves to the interface is not to get past that.
    private var path: HostPath?
    /// How often programs are attached: a role that was taken over could have drivers set up anew all the time, and the network of a
    /// host does not change as fast.
    private var pathPace = TokenBucket(rate: 1, burst: KernelDataPath.wayLimit, now: MonotonicClock.now)

    /// Will change what `limits` say; the sockets are of the network namespace of the interface, `nil` for that of this process.
    init(_ limits: HostLimits, socket: CInt? = nil, filterSocket: CInt? = nil) {
        self.limits = limits
        self.socket = socket
        self.filterSocket = filterSocket
        index = limits.index ?? 0
    }

    var isGone: Bool { false }

    func answer(to change: HostChange) -> HostAnswer {
        if index == 0, !Self.needsNoInterface(change) { return .refused("there is no interface yet") }
        if let objection = limits.objection(to: change, index: index, address: address) {
            return .refused("\(objection) is not for this role")
        }
        // Every packet of the host passes all rules, which stay when the address goes: there is one for each address, so one at a time.
        if case .addRule(let rule) = change, !rules.subtracting([rule]).isEmpty {
            return .refused("a second rule is not for this role")
        }
        do {
            return try carryOut(change)
        } catch {
            return .failed(error)
        }
    }

    /// Does what is asked for the data path in the kernel, for a UDP socket that came along, and returns a descriptor that goes back.
    func answer(to request: PathRequest, socket: CInt?) -> (answer: HostAnswer, descriptor: CInt?) {
        if let objection = limits.objection(to: request) { return (.refused("\(objection) is not for this role"), nil) }
        guard index != 0 else { return (.refused("there is no interface yet"), nil) }
        do throws(SystemError) {
            switch request {
            case .make(let peers, let natives, let mtu, let side):
                guard let socket, UDPSocket.isSocket(socket) else {
                    return (.refused("a data path of anything but a UDP socket"), nil)
                }
                path = nil
                guard pathPace.take(now: MonotonicClock.now) else { throw .tooManyAttachments }
                path = try HostPath(
                    NetworkInterface(name: limits.name, index: index),
                    socket,
                    limits: (peers, natives),
                    mtu: mtu,
                    side
                )
            case .end: path = nil
            case .giveMap, .update, .reach, .review:
                guard let path else { return (.refused("there is no data path"), nil) }
                return try carryOut(request, path)
            }
            return (.places(path?.places ?? []), nil)
        } catch {
            return (.failed(error), nil)
        }
    }

    private func carryOut(
        _ request: PathRequest,
        _ path: HostPath
    ) throws(SystemError) -> (answer: HostAnswer, descriptor: CInt?) {
        switch request {
        case .giveMap(let map): return (.done, try path.map(map))
        case .update(let mtu, let side): try path.update(side, mtu: mtu)
        case .reach(let address): try path.reach(address, pace: &pathPace)
        case .review: try path.review()
        case .make, .end: break
        }
        return (.places(path.places), nil)
    }

    private static func needsNoInterface(_ change: HostChange) -> Bool {
        switch change {
        case .tellOtherFilters, .removeFilter: true
        default: false
        }
    }

    /// Makes the interface anew, and returns its only descriptor; throws when another program has one of that name.
    ///
    /// What was there for the former one is undone.
    func makeInterface(hasQueues: Bool, hasHeader: Bool) throws(SystemError) -> OwnedFileDescriptor {
        undo()
        (index, address) = (0, nil)
        let netlink = try Netlink.open()
        let made = try TUNDevice.make(limits.name, hasQueues: hasQueues, hasHeader: hasHeader)
        index = TUNDevice.index(of: made.rawValue, by: netlink.rawValue) ?? 0
        return made
    }

    /// Undoes what outlives the interface, the filter and this process.
    func undo() {
        path = nil
        filter = nil
        for rule in rules { try? Netlink.remove(rule, socket: socket) }
        rules = []
        if isForwardingOurs { restoreForwarding() }
    }

    private func carryOut(_ change: HostChange) throws(SystemError) -> HostAnswer {
        switch change {
        case .prepareIPv6: prepareIPv6()
        case .bringUp(let mtu): try Netlink.bringUp(interface: index, mtu: mtu, socket: socket)
        case .setMTU(let mtu): try Netlink.setMTU(mtu, interface: index, socket: socket)
        case .addAddress(let wanted):
            address = wanted
            try Netlink.addAddress(wanted, prefixLength: Self.prefixLength, interface: index, socket: socket)
        case .removeAddress(let former):
            if former == address { address = nil }
            try Netlink.removeAddress(former, prefixLength: Self.prefixLength, interface: index, socket: socket)
        case .removeLinkLocalAddresses(let mtu): try removeLinkLocalAddresses(mtu: mtu)
        case .addRoute(let route): try Netlink.add(route, interface: index, socket: socket)
        case .removeRoute(let route): try Netlink.remove(route, interface: index, socket: socket)
        case .removeFormerRules: removeFormerRules()
        case .addRule(let rule):
            try Netlink.add(rule, socket: socket)
            rules.insert(rule)
        case .removeRule(let rule):
            rules.remove(rule)
            try Netlink.remove(rule, socket: socket)
        case .makeFilter:
            filter = nil
            filter = try InboundFilter(
                NetworkInterface(name: limits.name, index: index),
                masquerade: limits.masquerades,
                socket: filterSocket
            )
        case .setFilter(let places, let allowed): try filter?.refuse(at: places, allowing: allowed)
        case .removeFilter:
            path = nil
            filter = nil
        case .tellRefusals: return .refusals(try filter?.refusals() ?? InboundRefusals())
        case .tellOtherFilters: return .otherFilters(OtherFilters.isIPv6Filtered(socket: filterSocket))
        case .setForwarding(true):
            guard KernelSetting.setForwardsIPv6(true) else {
                throw .unwritable(setting: "net.ipv6.conf.all.forwarding")
            }
            isForwardingOurs = true
        case .setForwarding(false): restoreForwarding()
        }
        return .done
    }

    /// What is in another namespace cannot be reached, and was prepared from within.
    private func prepareIPv6() {
        guard socket == nil, let name = try? Netlink.name(ofInterface: index) else { return }
        KernelSetting.ignoreNeighborDiscovery(onInterface: name)
        KernelSetting.enableIPv6(onInterface: name)
    }

    private func removeLinkLocalAddresses(mtu: Int) throws(SystemError) {
        try Netlink.bringUp(interface: index, mtu: mtu, socket: socket)
        let state = try Netlink.state(ofInterface: index, socket: socket)
        for address in state?.addresses ?? [] where address.isLinkLocal {
            try? Netlink.removeAddress(address, prefixLength: 64, interface: index, socket: socket)
        }
    }

    /// Those of the own table, and of tables that belong to interfaces that are gone.
    private func removeFormerRules() {
        let own = limits.table.number(forInterface: index)
        for rule in (try? Netlink.rules(socket: socket)) ?? [] where rule.priority == SourceTable.priority {
            guard rule.table == own || isAbandoned(rule.table) else { continue }
            try? Netlink.remove(rule, socket: socket)
        }
    }

    private func isAbandoned(_ table: UInt32) -> Bool {
        guard let interface = SourceTable.interface(ofTable: table) else { return false }
        // Where it cannot be found out, the rule may be somebody's.
        do { return try Netlink.name(ofInterface: interface, socket: socket) == nil } catch { return false }
    }

    /// Nobody may have switched it off meanwhile.
    private func restoreForwarding() {
        isForwardingOurs = false
        if KernelSetting.forwardsIPv6 == true { _ = KernelSetting.setForwardsIPv6(false) }
    }

    private static let prefixLength = IPv6Prefix.teredo.length
}
