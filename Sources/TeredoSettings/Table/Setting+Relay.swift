// `teredo relay` and `teredo host-relay`.
extension Setting {
    package static let servedPrefix = Setting(
        "served-prefix",
        .ipv6Prefix,
        "prefix",
        "A prefix of native hosts that are served; may be repeated (default: all hosts).",
        isList: true,
        example: "2001:db8::/32"
    )
    package static let peerLimit = Setting(
        "peer-limit",
        16...4_000_000,
        65_536,
        "count",
        "The largest number of peers to remember, 16 to 4000000."
    )
    package static let relayPeerOctets = Setting(
        peerOctets.key,
        isOn: false,
        "Count the octets of each client for 'teredo peers'; with very many clients this costs every packet one more "
            + "memory access."
    )
    package static let foreignRelay = Setting(
        "foreign-relay",
        .ipv4Address,
        "address",
        "The IPv4 address of another tunnel relay (6to4, ISATAP, …) that nothing may loop through; may be repeated.",
        isList: true,
        example: "192.88.99.1"
    )
    package static let transit = Setting(
        "transit",
        isOn: false,
        "Carry packets between two Teredo clients that cannot reach each other (docs/transit.md)."
    )
    package static let transitClients = Setting(
        "transit-clients",
        2...1_000_000,
        4096,
        "count",
        "The largest number of clients to carry packets for at once."
    )
    package static let transitPeers = Setting(
        "transit-peers",
        1...1024,
        16,
        "count",
        "The largest number of peers of one client at once."
    )
    package static let transitRate = Setting(
        "transit-rate",
        64...100_000_000,
        10_000,
        "kbit/s",
        "The highest rate to carry from one client, in kbit/s."
    )
    package static let transitTotalRate = Setting(
        "transit-total-rate",
        64...1_000_000_000,
        1_000_000,
        "kbit/s",
        "The highest rate to carry in all, in kbit/s."
    )

    static let relayRole: [Setting] =
        [
            .relayBind, .servedPrefix, .peerLimit, .relayPeerOctets, .foreignRelay, .transit, .transitClients,
            .transitPeers, .transitRate, .transitTotalRate,
        ] + tunnel + common
    static let hostRelayRole: [Setting] = [.bind, .peerLimit, .peerOctets, .foreignRelay] + tunnel + common
}

extension Role {
    /// Everything that can be set about the role.
    package var settings: [Setting] {
        switch self {
        case .client: Setting.client
        case .server: Setting.serverRole
        case .relay: Setting.relayRole
        case .hostRelay: Setting.hostRelayRole
        case .auto: Setting.autoRole
        case .gateway: Setting.gatewayRole
        }
    }
}
