import TeredoWire

/// The removal of what was mapped, while the router is waited for.
struct MappingRemoval: Sendable {
    /// When the router is waited for no more.
    let deadline: ProtocolInstant
    /// The answers that are still to come, by the identifiers of exchanges.
    var exchanges: [Int: HeldMapping] = [:]
    /// The protocols whose datagrams are still to be answered.
    var datagrams: Set<MappingProtocol> = []

    /// Whether the router confirmed everything.
    var isDone: Bool { exchanges.isEmpty && datagrams.isEmpty }
}
