public import TeredoWire

/// Where a client stands (RFC 4380 section 5.2).
public enum ConnectivityStatus: Hashable, Sendable {
    /// Not started.
    case initial
    /// Qualification is under way.
    case starting(Phase)
    /// The client has a Teredo address.
    case qualified(NATClass)
    /// No service; the next attempt comes at the given time.
    case offline(until: ProtocolInstant)

    /// The phases of qualification (RFC 4380 section 5.2.1).
    public enum Phase: String, Hashable, Sendable {
        /// Waiting for the address of the server.
        case resolving
        /// Solicitations with the cone bit.
        case cone
        /// Solicitations without the cone bit.
        case restricted
        /// The secondary server address is being asked.
        case secondary
    }

    /// The word for status displays: `initial`, `qualifying`, `qualified` or `offline`.
    public var word: String {
        switch self {
        case .initial: "initial"
        case .starting: "qualifying"
        case .qualified: "qualified"
        case .offline: "offline"
        }
    }
}
