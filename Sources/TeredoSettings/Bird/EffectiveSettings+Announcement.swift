package import TeredoWire

/// What others are to be told of a role.
extension EffectiveSettings {
    /// The table of its announcement; `nil` for none.
    package var announceTable: Int? { values(of: .announceTable).first.flatMap { Int($0) } }

    /// The addresses that a server listens at: the secondary one is the next unless it is given.
    package var serverAddresses: [IPv4Address] {
        guard let primary = values(of: .address).first.flatMap({ IPv4Address($0) }) else { return [] }
        let secondary = values(of: .secondaryAddress).first.flatMap { IPv4Address($0) } ?? primary.successor
        return [primary] + [secondary].compactMap(\.self)
    }
}
