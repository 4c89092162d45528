package import TeredoWire

/// Somebody who sends or receives Teredo datagrams.
package struct Party: Hashable, Sendable {
    /// What he was seen to be.
    package var role: PartyRole
    /// Which one of that role, from 0 on.
    package var ordinal: Int
    /// The endpoints that were seen to be his, at most eight of them; the first one first.
    package private(set) var endpoints: [UDPEndpoint]
    /// A client's Teredo address, the last one that it used.
    package var address: IPv6Address?

    /// How many endpoints are kept.
    private static let endpointLimit = 8

    init(_ role: PartyRole, ordinal: Int, at endpoint: UDPEndpoint) {
        self.role = role
        self.ordinal = ordinal
        endpoints = [endpoint]
    }

    mutating func note(_ endpoint: UDPEndpoint) {
        guard endpoints.count < Self.endpointLimit, !endpoints.contains(endpoint) else { return }
        endpoints.append(endpoint)
    }

    /// The name in lines and charts: `client A`, `server`, `relay 2`, or an endpoint.
    package var name: String {
        switch role {
        case .client: "client \(Self.letters(ordinal))"
        case .server: ordinal == 0 ? "server" : "server \(ordinal + 1)"
        case .relay: ordinal == 0 ? "relay" : "relay \(ordinal + 1)"
        case .link: "everybody"
        case .unknown: endpoints[0].description
        }
    }

    /// A to Z, then AA, AB and so on.
    private static func letters(_ number: Int) -> String {
        var letters = ""
        var rest = number + 1
        while rest > 0 {
            let letter = UnicodeScalar(UInt8(65 + (rest - 1) % 26))
            letters = String(letter) + letters
            rest = (rest - 1) / 26
        }
        return letters
    }
}
