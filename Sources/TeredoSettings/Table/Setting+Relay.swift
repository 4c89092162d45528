import TeredoProtocol

// `teredo relay` and `teredo host-relay`.
extension Setting {
    package static let servedPrefix = Setting(
        "served-prefix",
        .ipv6Prefix,
        "prefix",
        "A prefix of native hosts that are served; may be repeated (default: all hosts).",
        isList: true,
        example: "2001:db8::/32",
        roles: .relays,
        change: .atOnce
    )
    package static let peerLimit = Setting(
        "peer-limit",
        16...4_000_000,
        standardPeerLimit,
        "count",
        "The largest number of peers to remember.",
        roles: [.relay, .hostRelay, .gateway, .auto],
        change: .atOnce
    )
    package static let newPeerRate = Setting(
        "new-peer-rate",
        1...1_000_000,
        standardNewPeerRate,
        "count",
        "The largest number of clients per second to take on.",
        roles: [.relay, .hostRelay, .gateway, .auto],
        change: .atOnce
    )
    package static let relayPeerOctets = Setting(
        peerOctets.key,
        isOn: false,
        "Count the octets of each client for 'teredo peers'; with very many clients this costs every packet one more "
            + "memory access.",
        roles: .relays,
        change: .atOnce
    )
    package static let foreignRelay = Setting(
        "foreign-relay",
        .ipv4Address,
        "address",
        "The IPv4 address of another tunnel relay (6to4, ISATAP, …) that nothing may loop through; may be repeated.",
        isList: true,
        example: "192.88.99.1",
        roles: [.relay, .hostRelay, .gateway, .auto],
        change: .atOnce
    )
    package static let sibling = Setting(
        "sibling",
        .endpoint,
        "address:port",
        "Another relay that packets of the same native hosts may come through; may be repeated, and this relay may be among "
            + "them (docs/fleet.md).",
        isList: true,
        example: "198.51.100.2:3545",
        roles: .relays,
        change: .atOnce
    )
    package static let transit = Setting(
        "transit",
        isOn: false,
        "Carry packets between two Teredo clients that cannot reach each other (docs/transit.md).",
        roles: .relays,
        change: .atOnce
    )
    package static let transitClients = Setting(
        "transit-clients",
        2...1_000_000,
        TransitConfiguration().clientLimit,
        "count",
        "The largest number of clients to carry packets for at once.",
        roles: .relays,
        change: .atOnce
    )
    package static let transitPeers = Setting(
        "transit-peers",
        1...1024,
        TransitConfiguration().peersPerClient,
        "count",
        "The largest number of peers of one client at once.",
        roles: .relays,
        change: .atOnce
    )
    package static let transitRate = Setting(
        "transit-rate",
        64...100_000_000,
        TransitConfiguration().octetsPerSecond / TransitRate.octetsPerKilobit,
        "kbit/s",
        "The highest rate to carry from one client, in kbit/s.",
        roles: .relays,
        change: .atOnce
    )
    package static let transitTotalRate = Setting(
        "transit-total-rate",
        64...1_000_000_000,
        TransitConfiguration().totalOctetsPerSecond / TransitRate.octetsPerKilobit,
        "kbit/s",
        "The highest rate to carry in all, in kbit/s.",
        roles: .relays,
        change: .atOnce
    )

    /// How many peers the machine remembers unless told otherwise.
    static let standardPeerLimit = standardRelay.peerLimit
    /// How many peers a second the machine takes on unless told otherwise.
    static let standardNewPeerRate = standardRelay.newPeersPerSecond
    private static let standardRelay = RelayConfiguration(
        kind: .hostSpecific,
        ownIPv6Addresses: [],
        ownIPv4Addresses: []
    )
}
