package import TeredoHost
import TeredoSettings
package import TeredoWire

/// Whom a client reaches, and what it carried: part of ``ClientStatus``.
package struct ClientTraffic: Hashable, Sendable, Codable {
    /// The transit relay that carries packets to peers that cannot be reached directly.
    @OrNull package var transitRelay: UDPEndpoint?
    /// The relays towards native IPv6.
    package var nativeIPv6 = NativeStatus()
    /// What may come out of the tunnel.
    package var inbound = InboundStatus(mode: .filtered)
    /// The programs that use a proxy; `nil`, and absent, for a client of another kind.
    package var proxy: ProxyStatus?
    /// The number of peers remembered.
    package var peers = 0
    /// What was sent and received.
    package var counters: StatusCounters

    /// Makes a report of what was counted, and of nobody.
    package init(_ counters: StatusCounters) {
        self.counters = counters
    }
}
