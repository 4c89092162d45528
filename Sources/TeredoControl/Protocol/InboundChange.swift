package import TeredoLinux

/// A change of what may come in through the tunnel unasked, while the role runs.
package enum InboundChange: Hashable, Sendable {
    /// Lets traffic in.
    case allow(InboundRule)
    /// Takes back that it may come in.
    case deny(InboundRule)
}
