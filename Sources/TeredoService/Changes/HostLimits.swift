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
}

extension HostLimits {
    /// The limits as words of a command line.
    var words: [String] {
        let table: String =
            switch self.table {
            case .none: "none"
            case .ofInterface: "own"
            case .chosen(let number): "\(number)"
            }
        return [name, "\(index ?? 0)", hasAddress ? "address" : "no-address", table, masquerades ? "nat" : "no-nat"]
            + prefixes.map(\.description).sorted()
    }

    /// Reads the words of a command line; `nil` when they are anything else.
    init?(words: [String]) {
        guard words.count >= 5, !words[0].isEmpty, words[0].utf8.count <= 15, let index = Int32(words[1]), index >= 0
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
        prefixes = Set(words.dropFirst(5).compactMap { IPv6Prefix($0) })
        guard self.words == words else { return nil }
    }
}
