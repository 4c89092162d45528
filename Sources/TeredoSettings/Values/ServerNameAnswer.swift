package import TeredoWire

/// What the name service says about the name of a server, judged by the one filter of all who look such names up.
///
/// Block lists answer names with 0.0.0.0 or 127.0.0.1, and some routers every name with their own address: nothing is sent to
/// what cannot be a server (SEC-34).
package struct ServerNameAnswer: Hashable, Sendable {
    /// The addresses that a server can have, the lowest first; the order of an answer changes from look-up to look-up.
    package let usable: [IPv4Address]
    /// The other addresses.
    package let refused: [IPv4Address]
    /// The addresses that are refused, with what they are; `nil` when none is.
    package let objection: String?

    /// Judges the addresses of a name.
    package init(_ addresses: [IPv4Address], filter: GlobalUnicastFilter) {
        let sorted = Set(addresses).sorted()
        func isUsable(_ address: IPv4Address) -> Bool {
            filter.mayBeSent(to: UDPEndpoint(address, TeredoConstants.udpPort))
        }
        usable = Array(sorted.filter(isUsable).prefix(Self.limit))
        refused = sorted.filter { !isUsable($0) }
        let objections = refused.map { "\($0), which is \(Self.reason(against: $0, filter))" }
        objection = objections.isEmpty ? nil : objections.joined(separator: "; ")
    }

    /// What speaks against a refused address: what it is to everybody, or else what it is to this host.
    private static func reason(against address: IPv4Address, _ filter: GlobalUnicastFilter) -> String {
        var elsewhere = filter
        elsewhere.ownAddresses = []
        elsewhere.attachedSubnets = []
        // A documentation address is refused only where the filter says so: test networks use them as public ones.
        guard !elsewhere.isGlobalUnicast(address), let kind = IPv4AddressKind(address) else {
            return "an address of this host or its links"
        }
        return kind.description
    }

    /// How many servers may stand behind one name; others are left out.
    private static let limit = 16
}
