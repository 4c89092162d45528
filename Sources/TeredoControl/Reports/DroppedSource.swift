import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// Somebody whose datagrams were dropped in the last minute or two.
package struct DroppedSource: Hashable, Sendable {
    /// Who sent them.
    package var source: IPv4Address
    /// How many, at least: where many send, the table of them has no room for all.
    package var datagrams: UInt64
    /// Why the last one was dropped.
    package var reason: DropReason

    /// A source with what became of its datagrams.
    package init(source: IPv4Address, datagrams: UInt64, reason: DropReason) {
        self.source = source
        self.datagrams = datagrams
        self.reason = reason
    }

    /// The source in words.
    package var phrase: String { "\(source) (\(datagrams), \(reason.label))" }
}

extension DroppedSource: Codable {
    private enum CodingKeys: String, CodingKey {
        case source, datagrams, dropReason
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        source = try container.decode(IPv4Address.self, forKey: .source)
        datagrams = try container.decode(UInt64.self, forKey: .datagrams)
        let label = try container.decode(String.self, forKey: .dropReason)
        guard let reason = DropReason.allCases.first(where: { $0.label == label }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .dropReason,
                in: container,
                debugDescription: "no reason of drops"
            )
        }
        self.reason = reason
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(source, forKey: .source)
        try container.encode(datagrams, forKey: .datagrams)
        try container.encode(reason.label, forKey: .dropReason)
    }
}
