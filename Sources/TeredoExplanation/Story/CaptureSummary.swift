package import TeredoChart
package import TeredoWire

/// What a capture shows as a whole.
package struct CaptureSummary: Sendable {
    /// A client and how it came to its address.
    package struct Client: Hashable, Sendable {
        /// The number of the party.
        package let party: Int
        /// How it came to its address.
        package let qualification: Qualification
    }

    /// How often a rule was broken, or something else is to be said about it.
    package struct RuleCount: Hashable, Sendable {
        package let rule: ExplainedRule
        package var violations = 0
        package var remarks = 0
        /// The number of the first packet.
        package let firstPacket: Int
    }

    /// What the packets were.
    package let counts: PacketCounts
    /// Everybody who was seen.
    package let parties: [Party]
    /// The clients that asked a server.
    package let clients: [Client]
    /// Who spoke with whom.
    package let conversations: [Conversation]
    /// What was found against rules, in the order of the rules.
    package let findings: [RuleCount]
    /// The sequence chart.
    package let chart: ChartModel
    /// What had no room: each a sentence.
    package let omissions: [String]
    /// Link types that cannot be read.
    package let unknownLinkTypes: [LinkType]

    /// The name of a host: that of a client, or its address.
    package func name(of address: IPv6Address) -> String {
        parties.first { $0.address == address && $0.role == .client }?.name ?? address.description
    }

    /// The name of whoever is at an endpoint.
    package func name(at endpoint: UDPEndpoint) -> String {
        parties.first { $0.endpoints.contains(endpoint) }?.name ?? endpoint.description
    }
}
