import TeredoWire

/// The answer to the last indirect bubble of a peer (rule R2).
struct PeerAnswer: Hashable, Sendable {
    /// Where it goes.
    var target: Destination
    /// When the indirect bubble came.
    var heard: ProtocolInstant
    /// When an indirect bubble of the peer was last answered.
    var last: ProtocolInstant?
}
