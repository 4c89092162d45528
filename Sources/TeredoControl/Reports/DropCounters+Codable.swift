public import TeredoProtocol

/// Drops stand in JSON by reason; a reason that did not occur is left out.
extension DropCounters: Codable {
    private struct Reason: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads the reasons that this version knows.
    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Reason.self)
        for reason in DropReason.allCases {
            let count = try container.decodeIfPresent(UInt64.self, forKey: Reason(stringValue: reason.label))
            if let count { record(reason, amount: count) }
        }
    }

    /// Writes the reasons that occurred.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Reason.self)
        for (reason, count) in nonzero { try container.encode(count, forKey: Reason(stringValue: reason.label)) }
    }
}
