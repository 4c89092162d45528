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

    /// Judges the addresses of a name.
    package init(_ addresses: [IPv4Address], filter: GlobalUnicastFilter) {
        let sorted = Set(addresses).sorted()
        func isUsable(_ address: IPv4Address) -> Bool {
            filter.mayBeSent(to: UDPEndpoint(address, TeredoConstants.udpPort))
        }
        usable = Array(sorted.filter(isUsable).prefix(Self.limit))
        refused = sorted.filter { !isUsable($0) }
    }

    /// The addresses that are refused, with what they are; `nil` when none is.
    package var objection: String? {
        guard !refused.isEmpty else { return nil }
        return refused.map {
            "\($0), which is \(IPv4AddressKind($0)?.description ?? "an address of this host or its links")"
        }
        .joined(separator: "; ")
    }

    /// How many servers may stand behind one name; others are left out.
    private static let limit = 16
}
