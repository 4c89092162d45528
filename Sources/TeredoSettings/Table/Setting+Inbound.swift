// What may come out of the tunnel.
extension Setting {
    package static let inbound = Setting(
        "inbound",
        .choice(InboundMode.allCases.map(\.rawValue)),
        "mode",
        "What may come out of the tunnel: filtered (answers to what this host sent, ICMPv6 that IPv6 needs, and what --allow "
            + "names) or open, for those who filter elsewhere (docs/inbound.md).",
        defaultValue: InboundMode.filtered.rawValue,
        roles: [.client, .hostRelay, .auto],
        change: .atOnce
    )
    package static let relayInbound = Setting(
        inbound.key,
        inbound.kind,
        inbound.valueName,
        "What may come out of the tunnel to this host itself: filtered (answers to what it sent, ICMPv6 that IPv6 needs, and "
            + "what --allow names) or open; what it forwards is not filtered (docs/inbound.md).",
        defaultValue: InboundMode.open.rawValue,
        roles: .relays,
        change: .atOnce
    )
    package static let allow = Setting(
        "allow",
        .inboundRule,
        "rule",
        "Traffic that may come in unasked while inbound is filtered: tcp/22, udp/6000-6010, 'tcp/22 from 2001:db8::/32' or all; "
            + "may be repeated (default: none).",
        isList: true,
        example: "tcp/22 from 2001:db8::/32",
        roles: .tunnels,
        change: .atOnce
    )
    package static let masquerade = Setting(
        "masquerade",
        isOn: false,
        "Let clients reach the IPv6 Internet with this host's own address: forwarding and address translation are on while the "
            + "gateway runs (docs/gateway.md).",
        roles: [.gateway]
    )
}
