import TeredoLinux
import TeredoSettings

/// What an ``InboundGate`` is set to.
struct InboundGateSettings {
    /// What may come out of the tunnel.
    var mode: InboundMode
    /// Whom the filter stands in front of.
    var place: InboundFilter.Place
    /// Whether addresses of clients are translated on the way out.
    var masquerades = false

    /// Those of a client, whose host may forward to others.
    init(_ configuration: ClientServiceConfiguration) {
        mode = configuration.inbound
        place = [.host, .others]
    }

    /// Those of a relay; what one for routers forwards is its purpose and not filtered.
    init(_ configuration: RelayServiceConfiguration) {
        mode = configuration.inbound
        place = configuration.role == .hostRelay ? [.host, .others] : .host
        masquerades = configuration.masquerades
    }
}
