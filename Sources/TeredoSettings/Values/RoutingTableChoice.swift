/// Which routing table sends packets from a client's address to the tunnel.
package enum RoutingTableChoice: Hashable, Sendable {
    /// One with a number that is made of the interface's.
    case auto
    /// None: they go where all packets go.
    case off
    /// One of the operator's choice.
    case number(Int)

    /// The words that stand for a choice without a number.
    static let words = [Self.auto.rawValue, Self.off.rawValue]
}

extension RoutingTableChoice: RawRepresentable {
    /// Reads `auto`, `off` or a number.
    package init?(rawValue: String) {
        switch rawValue {
        case Self.auto.rawValue: self = .auto
        case Self.off.rawValue: self = .off
        default:
            guard let number = Int(rawValue) else { return nil }
            self = .number(number)
        }
    }

    /// `auto`, `off` or the number.
    package var rawValue: String {
        switch self {
        case .auto: "auto"
        case .off: "off"
        case .number(let number): String(number)
        }
    }
}
