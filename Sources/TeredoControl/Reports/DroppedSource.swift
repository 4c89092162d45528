import TeredoHost
package import TeredoProtocol

/// Somebody whose datagrams, or packets, were dropped in the last minute or two.
package struct DroppedSource: Hashable, Sendable {
    /// Who sent them.
    package var source: DropOrigin
    /// How many, at least: where many send, the table of them has no room for all.
    package var datagrams: UInt64
    /// How much of all that was dropped in that time, in percent, rounded down.
    package var sharePercent: Int
    /// Why the last one was dropped.
    package var reason: DropReason

    /// A source with what became of its datagrams.
    package init(source: DropOrigin, datagrams: UInt64, sharePercent: Int = 0, reason: DropReason) {
        self.source = source
        self.datagrams = datagrams
        self.sharePercent = sharePercent
        self.reason = reason
    }

    /// The source in words.
    package var phrase: String { "\(source) (\(datagrams), \(sharePercent) %, \(reason.label))" }
}

extension DroppedSource: Codable {
    private enum CodingKeys: String, CodingKey {
        case source, datagrams, sharePercent, dropReason
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        source = try container.decode(DropOrigin.self, forKey: .source)
        datagrams = try container.decode(UInt64.self, forKey: .datagrams)
        sharePercent = try container.decode(Int.self, forKey: .sharePercent)
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
        try container.encode(sharePercent, forKey: .sharePercent)
        try container.encode(reason.label, forKey: .dropReason)
    }
}
