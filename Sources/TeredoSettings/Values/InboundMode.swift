/// What may come out of the tunnel.
package enum InboundMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Answers, errors about what was sent, pings, and what is allowed.
    case filtered
    /// Everything: the host or its network filters elsewhere, or wants none.
    case open
}
