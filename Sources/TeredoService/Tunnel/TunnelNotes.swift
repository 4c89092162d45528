import TeredoControl
import TeredoWire

/// What a tunnel notes of the datagrams that pass, for those who look on.
struct TunnelNotes {
    /// What is told of single drops.
    var drops = DropTrace()
    /// The peers whose packets passed.
    var noticed = NoticedPeers()
    /// The messages of the machine; `nil` where nobody can see them.
    var exchanges: ExchangeWatch?
}
