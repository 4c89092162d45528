import TeredoKernel
import TeredoLinux
import TeredoWire

/// What a role may want of the network of its host, fixed before it reads anything from others.
struct HostLimits: Hashable, Sendable {
    /// The name that the interface is made with.
    var name: String
    /// The index of the interface; `nil` when it is made later on, again and again.
    var index: Int32?
    /// Whether the interface has a Teredo address.
    var hasAddress = false
    /// The prefixes that may be routed to the interface, by routes of last resort.
    var prefixes: Set<IPv6Prefix> = []
    /// The routing table of packets from the address.
    var table = SourceTable.none
    /// Whether addresses of clients are translated on the way out, for which the kernel has to forward.
    var masquerades = false
    /// Whether programs in the kernel move packets.
    var hasPath = false
    /// The service port where the role may not bind that by itself, and does so later on, again and again.
    var port: UDPEndpoint?

    /// Describes a role that may want no more of an interface than that it is up.
    init(name: String, index: Int32?) {
        self.name = name
        self.index = index
    }

    /// Why a change is not for this role, whose interface has this index and this address; `nil` when it is.
    func objection(to change: HostChange, index: Int32, address: IPv6Address?) -> String? {
        switch change {
        case .prepareIPv6, .removeFormerRules, .makeFilter, .setFilter, .removeFilter, .tellRefusals,
            .tellOtherFilters:
            nil
        case .bringUp(let mtu), .setMTU(let mtu), .removeLinkLocalAddresses(let mtu):
            Self.mtus.contains(mtu) ? nil : "an MTU of \(mtu)"
        case .addAddress(let wanted):
            // One at a time.
            isOwn(wanted) && (address ?? wanted) == wanted ? nil : "the address \(wanted)"
        case .removeAddress(let wanted): isOwn(wanted) ? nil : "the address \(wanted)"
        case .addRoute(let route), .removeRoute(let route):
            isOwn(route, index) ? nil : "a route to \(route.prefix) in table \(route.table)"
        case .addRule(let rule): isOwn(rule, index) && rule.source == address ? nil : "a rule from \(rule.source)"
        case .removeRule(let rule): isOwn(rule, index) ? nil : "a rule from \(rule.source)"
        case .setForwarding: masquerades ? nil : "forwarding"
        }
    }

    /// Why a request about the data path in the kernel is not for this role; `nil` when it is.
    func objection(to request: PathRequest) -> String? {
        guard hasPath else { return "a data path in the kernel" }
        switch request {
        case .make(let peers, let natives, let mtu, let side):
            guard Self.mapSizes.contains(peers), Self.mapSizes.contains(natives) else { return "maps of that size" }
            return objection(to: side, mtu: mtu)
        case .update(let mtu, let side): return objection(to: side, mtu: mtu)
        case .giveMap, .reach, .review, .end: return nil
        }
    }

    private func objection(to side: KernelDataPath.Side, mtu: Int) -> String? {
        guard Self.mtus.contains(mtu) else { return "an MTU of \(mtu)" }
        switch side {
        case .client(let own): return own.map(isOwn) ?? hasAddress ? nil : "a client's end of the tunnel"
        // What relays are for is routed to them.
        case .natives: return prefixes.contains(.teredo) ? nil : "a relay's end of the tunnel"
        }
    }

    private func isOwn(_ address: IPv6Address) -> Bool { hasAddress && address.isTeredo }

    private func isOwn(_ route: IPv6Route, _ index: Int32) -> Bool {
        if route.table == IPv6Route.mainTable {
            return route.isOnLink
                ? hasAddress && route.prefix == .teredo
                : route.metric == IPv6Route.lastResortMetric && prefixes.contains(route.prefix)
        }
        return route.table == table.number(forInterface: index) && route.metric == IPv6Route.usualMetric
            && route.prefix.length == 0
    }

    private func isOwn(_ rule: IPv6Rule, _ index: Int32) -> Bool {
        isOwn(rule.source) && rule.table == table.number(forInterface: index) && rule.priority == SourceTable.priority
    }

    /// Those that an interface with IPv6 can have.
    private static let mtus = TeredoConstants.mtu...Int(UInt16.max)
    /// As many entries as settings can want.
    private static let mapSizes = 1...4_000_000
}

extension HostLimits {
    /// What it takes to do all that the role may want.
    var capabilities: Set<Capability> {
        var capabilities: Set = [Capability.netAdmin]
        if hasPath { capabilities.formUnion([.bpf, .perfmon]) }
        if port != nil { capabilities.insert(.netBindService) }
        return capabilities
    }

    /// What is left to a process that does it.
    var confinement: Confinement {
        var calls = CallNeeds.changes
        var files = [FileRule("/proc/sys/net/ipv6/conf", .change), FileRule("/proc/self/net", .read)]
        if index == nil {
            calls.insert(.interfaces)
            files.append(FileRule("/dev/net/tun", .device))
        }
        if hasPath {
            calls.insert(.programs)
            // How many processors there may be: maps of the kernel have a value for each.
            files.append(FileRule("/sys/devices/system/cpu", .read))
        }
        return Confinement(calls: calls, files: files)
    }

    /// The limits as words of a command line.
    var words: [String] {
        let table: String =
            switch self.table {
            case .none: "none"
            case .ofInterface: "own"
            case .chosen(let number): "\(number)"
            }
        return [name, "\(index ?? 0)", hasAddress ? "address" : "no-address", table, masquerades ? "nat" : "no-nat"]
            + [hasPath ? "path" : "no-path", port.map { "\($0)" } ?? "no-port"] + prefixes.map(\.description).sorted()
    }

    /// Reads the words of a command line; `nil` when they are anything else.
    init?(words: [String]) {
        guard words.count >= 7, !words[0].isEmpty, words[0].utf8.count <= 15, let index = Int32(words[1]), index >= 0
        else { return nil }
        self.init(name: words[0], index: index == 0 ? nil : index)
        hasAddress = words[2] == "address"
        switch words[3] {
        case "none": table = .none
        case "own": table = .ofInterface
        default:
            guard let number = UInt32(words[3]) else { return nil }
            table = .chosen(number)
        }
        masquerades = words[4] == "nat"
        hasPath = words[5] == "path"
        port = UDPEndpoint(words[6])
        prefixes = Set(words.dropFirst(7).compactMap { IPv6Prefix($0) })
        guard self.words == words else { return nil }
    }
}
