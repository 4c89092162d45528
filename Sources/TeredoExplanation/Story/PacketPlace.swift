package import TeredoWire

/// Where a packet came from, or went.
package struct PacketPlace: Hashable, Sendable {
    /// The endpoint; the port is 0 where there is none, in a fragment for example.
    package let endpoint: UDPEndpoint
    /// What is known of who is there.
    package let role: PartyRole
    /// His name.
    package let name: String
    /// His number in the summary; `nil` when he has no room there.
    package let party: Int?
    /// Whether this endpoint was not seen before with this name.
    package let isNew: Bool
}
