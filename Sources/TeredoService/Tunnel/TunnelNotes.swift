import TeredoControl
import TeredoWire

/// What a tunnel notes of the datagrams that pass, for those who look on.
struct TunnelNotes {
    /// What is told of single drops.
    var drops = DropTrace()
    /// Whether packets that come in at the interface are those of others, so that it counts whose are dropped.
    var countsNativeHosts = false
    /// The peers whose packets passed.
    var noticed = NoticedPeers()
    /// The messages of the machine; `nil` where nobody can see them.
    var exchanges: ExchangeWatch?
}
