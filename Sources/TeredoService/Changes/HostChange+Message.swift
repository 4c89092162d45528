import TeredoLinux
import TeredoWire

extension HostChange {
    /// The change as words, and lines with rules.
    var message: String {
        switch self {
        case .prepareIPv6: "prepare-ipv6"
        case .bringUp(let mtu): "bring-up \(mtu)"
        case .setMTU(let mtu): "set-mtu \(mtu)"
        case .addAddress(let address): "add-address \(address)"
        case .removeAddress(let address): "remove-address \(address)"
        case .removeLinkLocalAddresses(let mtu): "remove-link-local \(mtu)"
        case .addRoute(let route): "add-route \(Self.words(route))"
        case .removeRoute(let route): "remove-route \(Self.words(route))"
        case .removeFormerRules: "remove-former-rules"
        case .addRule(let rule): "add-rule \(Self.words(rule))"
        case .removeRule(let rule): "remove-rule \(Self.words(rule))"
        case .makeFilter: "make-filter"
        case .setFilter(let places, let rules):
            (["set-filter \(places.rawValue)"] + rules.map(\.description)).joined(separator: "\n")
        case .removeFilter: "remove-filter"
        case .tellRefusals: "tell-refusals"
        case .tellOtherFilters: "tell-other-filters"
        case .setForwarding(let isOn): "set-forwarding \(isOn ? "on" : "off")"
        }
    }

    /// Reads a message of a role that may have been taken over; `nil` when it is anything but what ``message`` makes.
    init?(message: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        guard let word = words.first, let change = Self.parse(word, Array(words.dropFirst()), Array(lines.dropFirst())),
            // Whatever a parser is lenient about is not what this program writes.
            change.message == message
        else { return nil }
        self = change
    }

    private static func parse(_ word: String, _ values: [String], _ lines: [String]) -> Self? {
        switch (word, values.count) {
        case ("prepare-ipv6", 0): .prepareIPv6
        case ("bring-up", 1): Int(values[0]).map { .bringUp(mtu: $0) }
        case ("set-mtu", 1): Int(values[0]).map { .setMTU($0) }
        case ("add-address", 1): IPv6Address(values[0]).map { .addAddress($0) }
        case ("remove-address", 1): IPv6Address(values[0]).map { .removeAddress($0) }
        case ("remove-link-local", 1): Int(values[0]).map { .removeLinkLocalAddresses(mtu: $0) }
        case ("add-route", 3): route(values).map { .addRoute($0) }
        case ("remove-route", 3): route(values).map { .removeRoute($0) }
        case ("remove-former-rules", 0): .removeFormerRules
        case ("add-rule", 3): rule(values).map { .addRule($0) }
        case ("remove-rule", 3): rule(values).map { .removeRule($0) }
        case ("make-filter", 0): .makeFilter
        case ("set-filter", 1): filter(values[0], lines)
        case ("remove-filter", 0): .removeFilter
        case ("tell-refusals", 0): .tellRefusals
        case ("tell-other-filters", 0): .tellOtherFilters
        case ("set-forwarding", 1): .setForwarding(values[0] == "on")
        default: nil
        }
    }

    private static func words(_ route: IPv6Route) -> String { "\(route.prefix) \(route.metric) \(route.table)" }

    private static func route(_ values: [String]) -> IPv6Route? {
        guard let prefix = IPv6Prefix(values[0]), let metric = UInt32(values[1]), let table = UInt32(values[2]) else {
            return nil
        }
        return IPv6Route(prefix, metric: metric, table: table)
    }

    private static func words(_ rule: IPv6Rule) -> String { "\(rule.source) \(rule.table) \(rule.priority)" }

    private static func rule(_ values: [String]) -> IPv6Rule? {
        guard let source = IPv6Address(values[0]), let table = UInt32(values[1]), let priority = UInt32(values[2])
        else {
            return nil
        }
        return IPv6Rule(from: source, table: table, priority: priority)
    }

    private static func filter(_ places: String, _ lines: [String]) -> Self? {
        let rules = lines.compactMap { InboundRule($0) }
        guard let number = Int(places), (0...InboundFilter.Place([.host, .others]).rawValue).contains(number),
            rules.count == lines.count
        else { return nil }
        return .setFilter(InboundFilter.Place(rawValue: number), allowing: rules)
    }
}
